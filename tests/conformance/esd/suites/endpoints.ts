import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../harness/processes.js';
import type { EsdBench } from '../esd-bench.js';

interface ShownEndpoint {
  readonly endpoint_name: string;
  readonly endpoint_status: string;
  readonly EndpointDeploymentJobId: string;
}

/** Dossier 7. */
export function exerciseEndpoints(bench: () => EsdBench): void {
  const asAdmin = { as: 'admin' };
  const wish = (fields: object = {}) => ({
    endpoint_type: 'Async',
    instance_type: 'ml.g5.2xlarge',
    initial_instance_count: '1',
    autoscaling_enabled: false,
    assign_to_roles: ['painters'],
    creator: 'admin',
    ...fields,
  });
  const create = (fields: object = {}, request: object = asAdmin) =>
    bench().v14.post('/endpoints', wish(fields), request);
  const remove = (names: string[], request: object = asAdmin) =>
    bench().v14.delete('/endpoints', { endpoint_name_list: names, username: 'admin' }, request);
  const list = async (query = '', request: object = asAdmin): Promise<ShownEndpoint[]> =>
    (await bench().v14.get(`/endpoints${query}`, request)).body.data.endpoints;
  const inService = (name: string) =>
    eventually(
      `${name} in service`,
      async () =>
        (await list()).some(
          ({ endpoint_name, endpoint_status }) => endpoint_name === name && endpoint_status === 'InService',
        ) || undefined,
      60_000,
    );

  describe('an endpoint', () => {
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/u) as unknown;

    it('is made, gets into service by itself, is listed and deleted', async () => {
      const { status, body } = await create({ endpoint_name: 'demo', initial_instance_count: 1 });
      const data = {
        EndpointDeploymentJobId: expect.stringMatching(/^[0-9a-f-]{36}$/u) as unknown,
        autoscaling: false,
        max_instance_number: 1,
        startTime: timestamp,
        status: null,
        instance_type: 'ml.g5.2xlarge',
        current_instance_count: '0',
        endTime: null,
        endpoint_status: 'Creating',
        endpoint_name: 'esd-async-demo',
        error: null,
        endpoint_type: 'Async',
        owner_group_or_role: ['painters'],
      };
      expect([status, body]).toEqual([
        202,
        { statusCode: 202, message: 'Endpoint deployment started: esd-async-demo', data },
      ]);
      await inService('esd-async-demo');
      const id = (body.data as ShownEndpoint).EndpointDeploymentJobId;
      expect(await list(`?endpointDeploymentJobId=${id}`)).toEqual([
        {
          ...data,
          max_instance_number: '1',
          current_instance_count: '1',
          endTime: timestamp,
          endpoint_status: 'InService',
        },
      ]);
      const again = await create({ endpoint_name: 'demo', assign_to_roles: ['others'] });
      expect([again.status, again.body.message]).toEqual([
        400,
        'Cannot create already existing model "esd-async-demo"',
      ]);
      const second = await create({ assign_to_roles: ['strangers', 'painters'] });
      expect([second.status, second.body]).toEqual([
        400,
        { statusCode: 400, message: 'role [painters] has a valid endpoint already, not allow to have another one' },
      ]);
      const gone = await remove(['esd-async-demo', 'ghost']);
      expect([gone.status, gone.body]).toEqual([204, {}]);
      expect(await list(`?endpointDeploymentJobId=${id}`)).toEqual([]);
    }, 90_000);

    it('is not deleted while it is made, and may be named by the key of the public document', async () => {
      const { body } = await create({ endpoint_type: 'Real-time', assign_to_roles: ['byway'] });
      const name = (body.data as ShownEndpoint).endpoint_name;
      expect(name).toMatch(/^esd-real-time-[0-9a-f]{7}$/u);
      expect(body.data).toMatchObject({ max_instance_number: '1' });
      const job = { task_type: 'rembg', inference_type: 'Real-time', models: {}, sagemaker_endpoint_name: name };
      const key = await bench().createUser('hasty', ['inference:all']);
      const closed = await bench().v14.post('/inferences', job, { key });
      expect(closed).toMatchObject({
        status: 400,
        body: { statusCode: 400, message: `no endpoint named "${name}" is open to user "hasty"` },
      });
      const early = await remove([name]);
      expect([400, 204]).toContain(early.status); // a worker may be quick
      if (early.status === 400)
        expect(early.body.message).toBe(`Cannot delete endpoint "${name}" with status: Creating`);
      await inService(name).catch(() => undefined);
      const { status } = await bench().v14.delete(
        '/endpoints',
        { delete_endpoint_list: [name], username: 'admin' },
        asAdmin,
      );
      expect(status).toBe(204);
    }, 90_000);

    it('keeps how it may be scaled', async () => {
      const scaled = { autoscaling_enabled: true, initial_instance_count: '2', assign_to_roles: ['scaled'] };
      expect((await create(scaled)).body.data).toMatchObject({ autoscaling: true, max_instance_number: '2' });
      const wishes = {
        ...wish({ endpoint_type: 'Real-time', assign_to_roles: ['scaled17'], autoscaling_enabled: true }),
        min_instance_number: '1',
        max_instance_number: 3,
        cool_down_time: '1 hour',
        service_type: 'comfy',
        endpoint_name: 'wide',
      };
      expect((await bench().v17.post('/endpoints', wishes, { username: 'admin' })).body.data).toMatchObject({
        endpoint_name: 'comfy-real-time-wide',
        min_instance_number: '1',
        max_instance_number: '3',
        service_type: 'comfy',
        startTime: expect.stringMatching(/T/u) as unknown,
      });
    });
  });

  describe('POST /endpoints refuses', () => {
    it.each([
      [
        'no fields',
        {
          endpoint_type: undefined,
          instance_type: undefined,
          initial_instance_count: undefined,
          autoscaling_enabled: undefined,
          assign_to_roles: undefined,
          creator: undefined,
        },
        400,
        '[object has missing required properties (["assign_to_roles","autoscaling_enabled","creator","endpoint_type","initial_instance_count","instance_type"])]',
      ],
      [
        'a long name',
        { endpoint_name: 'x'.repeat(21) },
        400,
        `[string "${'x'.repeat(20)}" is too long (length: 21, maximum allowed: 20) at endpoint_name]`,
      ],
      [
        'an unknown type',
        { endpoint_type: 'Foo' },
        400,
        '[instance value ("Foo") not found in enum (possible values: ["Async","Real-time","Serverless"]) at endpoint_type]',
      ],
      [
        'no instances',
        { initial_instance_count: 0 },
        400,
        '[numeric instance is lower than the required minimum (minimum: 1, found: 0) at initial_instance_count]',
      ],
      [
        'no instances as a text',
        { initial_instance_count: '0' },
        400,
        'initial_instance_count should be at least 1: 0',
      ],
      [
        'a count of another type',
        { initial_instance_count: true },
        400,
        '[instance type (boolean) does not match any allowed primitive type (allowed: ["integer","number","string"]) at initial_instance_count]',
      ],
      [
        'no role',
        { assign_to_roles: [] },
        400,
        '[array is too short: must have at least 1 elements but instance has 0 elements at assign_to_roles]',
      ],
      [
        'too many roles',
        { assign_to_roles: Array.from({ length: 11 }, (_, index) => `r${index}`) },
        400,
        '[array is too long: must have at most 10 elements but instance has 11 elements at assign_to_roles]',
      ],
      ['an unknown creator', { creator: 'ghost' }, 400, 'user: "ghost" not exist'],
      ['Serverless', { endpoint_type: 'Serverless' }, 400, 'Serverless endpoint is not supported yet'],
      [
        'Real-time that scales, in 1.4',
        { endpoint_type: 'Real-time', autoscaling_enabled: true },
        400,
        'Autoscaling is not supported for real-time endpoint',
      ],
      [
        'more than the quota',
        { initial_instance_count: '1000', instance_type: 'ml.g5.xlarge', assign_to_roles: ['greedy'] },
        400,
        "ResourceLimitExceeded: the limit 'ml.g5.xlarge for endpoint usage' is 8 Instances, with current utilization of 0 Instances and a request delta of 1000 Instances; the operator may raise the quota in the table of instance types",
      ],
      [
        'a type without a quota',
        { initial_instance_count: 9, instance_type: 'ml.g4dn.16xlarge', assign_to_roles: ['greedy'] },
        400,
        "ResourceLimitExceeded: the limit 'ml.g4dn.16xlarge for endpoint usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 9 Instances; the operator may raise the quota in the table of instance types",
      ],
      [
        'an image that is not on the list',
        { custom_docker_image_uri: 'registry.example/mine:1', assign_to_roles: ['imaginative'] },
        400,
        "the image registry.example/mine:1 is not on the operator's list of custom images",
      ],
    ])('%s', async (_name, fields, status, message) => {
      const answer = await create(fields);
      expect([answer.status, answer.body]).toEqual([status, { statusCode: status, message }]);
    });

    it('a creator without the permission', async () => {
      await bench().createUser('poor', ['sagemaker_endpoint:list']);
      expect(await create({ creator: 'poor' })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: 'Creator poor has no permission to create Sagemaker' },
      });
      expect(await bench().v15.post('/endpoints', wish(), { username: 'poor' })).toMatchObject({
        status: 403,
        body: { message: "User poor has no permissions: ['sagemaker_endpoint:all', 'sagemaker_endpoint:create']" },
      });
    });

    it('Real-time that scales to nothing, from 1.5 on', async () => {
      const fields = { endpoint_type: 'Real-time', autoscaling_enabled: true, min_instance_number: 0 };
      expect(await bench().v15.post('/endpoints', wish(fields), { username: 'admin' })).toMatchObject({
        status: 400,
        body: { message: 'min_instance_number should be at least 1 for real-time endpoint: 0' },
      });
      expect(
        await bench().v15.post('/endpoints', wish({ endpoint_type: 'Serverless' }), { username: 'admin' }),
      ).toMatchObject({ status: 400, body: { message: 'Serverless endpoint is not supported yet' } });
    });

    it('who sends no Authorization, before anything else', async () => {
      for (const answer of [await create({}, { key: undefined }), await bench().v14.get('/endpoints')])
        expect(answer).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    });
  });

  describe('GET /endpoints', () => {
    it('shows users what is open to them, and only when they are named', async () => {
      const key = await bench().createUser('viewer', ['sagemaker_endpoint:list']);
      await bench().createUser('unseeing', ['train:all']);
      const names = async (query: string, as: string) =>
        (await list(query, { as })).map(({ endpoint_name }) => endpoint_name);
      expect(await names('', 'viewer')).toEqual([]);
      expect(await names('?username=viewer', 'viewer')).toEqual(['esd-async-local', 'esd-real-time-local']);
      expect(await names('?username=unseeing', 'unseeing')).toEqual([]);
      expect(await bench().v14.get('/endpoints?username=admin', { key, as: 'viewer' })).toMatchObject({ status: 403 });
      const ghost = await bench().v14.get('/endpoints?username=ghost', asAdmin);
      expect([ghost.status, ghost.body]).toEqual([400, { statusCode: 400, message: 'user: "ghost" not exist' }]);
    });

    it('comes newest first and in pages from 1.5 on', async () => {
      const page = async (query: string): Promise<{ names: string[]; key: string | null }> => {
        const { body } = await bench().v15.get(`/endpoints${query}`, { username: 'admin' });
        const { endpoints, last_evaluated_key: key } = body.data as {
          endpoints: ShownEndpoint[];
          last_evaluated_key: string | null;
        };
        return { names: endpoints.map(({ endpoint_name }) => endpoint_name), key };
      };
      const all = await page('?limit=100');
      expect(all.key).toBeNull();
      expect(all.names.slice(-2)).toEqual(['esd-real-time-local', 'esd-async-local']);
      const pages: string[] = [];
      for (let key: string | null | undefined; key !== null;) {
        const next = await page(
          `?limit=1${key === undefined ? '' : `&exclusive_start_key=${encodeURIComponent(key)}`}`,
        );
        pages.push(...next.names);
        key = next.key;
      }
      expect(pages).toEqual(all.names);
      expect((await bench().v15.get('/endpoints?exclusive_start_key=x', { username: 'admin' })).status).toBe(400);
    });
  });

  describe('DELETE /endpoints refuses', () => {
    it.each([
      ['no fields', {}, '[object has missing required properties (["endpoint_name_list","username"])]'],
      [
        'no names',
        { endpoint_name_list: [], username: 'admin' },
        '[array is too short: must have at least 1 elements but instance has 0 elements at endpoint_name_list]',
      ],
      [
        'too many names',
        { endpoint_name_list: Array.from({ length: 11 }, () => 'x'), username: 'admin' },
        '[array is too long: must have at most 10 elements but instance has 11 elements at endpoint_name_list]',
      ],
      ['an unknown user', { endpoint_name_list: ['x'], username: 'ghost' }, 'user: "ghost" not exist'],
    ])('%s', async (_name, body, message) => {
      const answer = await bench().v14.delete('/endpoints', body, asAdmin);
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message }]);
    });

    it('who may not, and passes over what is out of reach', async () => {
      await bench().createUser('weak', ['sagemaker_endpoint:list']);
      await bench().createUser('part', ['sagemaker_endpoint:create']);
      await create({ endpoint_name: 'kept', assign_to_roles: ['keepers'] });
      await inService('esd-async-kept');
      const by = (username: string) =>
        bench().v14.delete('/endpoints', { endpoint_name_list: ['esd-async-kept'], username }, asAdmin);
      expect(await by('weak')).toMatchObject({
        status: 403,
        body: { message: "User weak has no permissions: ['sagemaker_endpoint:all', 'sagemaker_endpoint:create']" },
      });
      expect((await by('part')).status).toBe(204);
      expect((await list()).map(({ endpoint_name }) => endpoint_name)).toContain('esd-async-kept');
    }, 90_000);
  });
}
