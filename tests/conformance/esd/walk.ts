import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../harness/processes.js';
import { pngSize, testImage } from '../../harness/test-image.js';
import { startFileServer } from './file-server.js';
import type { SeedClient } from './seed-client.js';
import { uploadParts } from './upload-parts.js';

const mebibyte = 1024 * 1024;

interface ListedCheckpoint {
  readonly id: string;
  readonly name: string[];
  readonly type: string;
  readonly status: string;
  readonly error?: string;
}

/** What the server is asked to make. */
const names = { operator: 'IT Operator', byoc: 'byoc', user: 'walker' } as const;
const admin = { as: 'admin' };

/**
 * From an empty installation to an empty one, as ESD's document tells it; each step rests on those before it. The mesh must
 * allow imports from 127.0.0.1.
 */
export function walkEsd(client: () => SeedClient): void {
  const endpoints = { Async: '', 'Real-time': '' };
  const inferences: string[] = [];
  const checkpoints: string[] = [];

  async function list<Item>(path: string, field: string): Promise<Item[]> {
    const { status, body } = await client().get(path, admin);
    expect([path, status, body.statusCode, body.message]).toEqual([path, 200, 200, 'OK']);
    return (body.data as Record<string, Item[]>)[field] ?? [];
  }

  /** Active, or with what went wrong. */
  function untilListed(name: string): Promise<ListedCheckpoint> {
    return eventually(
      `an active checkpoint ${name}`,
      async () => {
        const shown = await list<ListedCheckpoint>('/checkpoints?per_page=200', 'checkpoints');
        return shown.find((listed) => listed.name[0] === name && listed.status !== 'Initial');
      },
      60_000,
    );
  }

  describe('a client that knows the public document alone', () => {
    it('reaches the server', async () => {
      const { status, body } = await client().get('/ping');
      expect([status, body]).toEqual([200, { message: 'pong', statusCode: 200 }]);
    });

    it('makes the first administrator', async () => {
      const user = {
        username: 'admin',
        password: 'a password',
        creator: 'admin',
        roles: [names.operator],
        initial: true,
      };
      expect(await client().post('/users', user, admin)).toMatchObject({
        status: 201,
        body: { statusCode: 201, data: { user: { username: 'admin', roles: [names.operator] } } },
      });
    });

    it('makes roles and users', async () => {
      const { operator, byoc, user } = names;
      const role = { role_name: byoc, creator: 'admin', permissions: ['sagemaker_endpoint:all', 'inference:all'] };
      expect(await client().post('/roles', role)).toMatchObject({ status: 201, body: { message: 'role created' } });
      const painter = { username: user, password: 'XXXXXXXXXXXXX', creator: 'admin', roles: [operator, byoc] };
      expect((await client().post('/users', painter, admin)).status).toBe(201);
      const shown = await list<{ username: string; roles: string[]; password: string }>('/users', 'users');
      expect(shown.find(({ username }) => username === user)).toMatchObject({
        roles: [operator, byoc].sort(),
        password: '********',
      });
      const roles = await list<{ role_name: string }>('/roles', 'roles');
      expect(roles.map(({ role_name }) => role_name)).toEqual(expect.arrayContaining([operator, byoc]));
    });

    it('uploads a checkpoint of 6 MiB in two parts', async () => {
      const [filename, pieces] = ['walk.safetensors', [randomBytes(5 * mebibyte), randomBytes(mebibyte)]];
      const announced = await client().post('/checkpoints', {
        checkpoint_type: 'Lora',
        filenames: [{ filename, parts_number: pieces.length }],
        params: { message: 'walked', creator: 'admin' },
      });
      expect(announced).toMatchObject({ status: 201, body: { data: { checkpoint: { status: 'Initial' } } } });
      const { checkpoint, s3PresignUrl } = announced.body.data as unknown as {
        checkpoint: { id: string };
        s3PresignUrl: Record<string, string[]>;
      };
      const tags = await uploadParts(s3PresignUrl[filename] ?? [], pieces);
      const body = { status: 'Active', multi_parts_tags: { [filename]: tags } };
      expect((await client().put(`/checkpoints/${checkpoint.id}`, body)).status).toBe(200);
      checkpoints.push(checkpoint.id);
      expect(await untilListed(filename)).toMatchObject({ id: checkpoint.id, type: 'Lora', status: 'Active' });
    }, 90_000);

    it('has another fetched from its URL', async () => {
      await using server = await startFileServer({ '/models/walk-canny.pth': randomBytes(64 * 1024) });
      const body = {
        checkpoint_type: 'ControlNet',
        urls: [`${server.url}/models/walk-canny.pth`],
        params: { creator: 'admin' },
      };
      expect((await client().post('/checkpoints', body)).status).toBe(202);
      const imported = await untilListed('walk-canny.pth');
      expect(imported).toMatchObject({ type: 'ControlNet', status: 'Active' });
      checkpoints.push(imported.id);
    }, 90_000);

    it('renames the first', async () => {
      expect((await client().put(`/checkpoints/${checkpoints[0] ?? ''}`, { name: 'walked' })).status).toBe(202);
      expect(await untilListed('walked')).toMatchObject({ id: checkpoints[0], status: 'Active' });
    }, 90_000);

    it('finds both in the list, and each by its type', async () => {
      const idsOf = async (search: string): Promise<string[]> =>
        (await list<ListedCheckpoint>(`/checkpoints?per_page=200${search}`, 'checkpoints')).map(({ id }) => id);
      expect(await idsOf('&status=Active')).toEqual(expect.arrayContaining(checkpoints));
      expect(await idsOf('&types=Lora')).toEqual(checkpoints.slice(0, 1));
      expect(await idsOf('&types=ControlNet&status=Active')).toEqual(checkpoints.slice(1));
    });

    it.each([
      ['Async', names.operator],
      ['Real-time', names.byoc],
    ] as const)('makes an endpoint of the type %s', async (endpoint_type, role) => {
      const body = {
        endpoint_name: 'walk',
        endpoint_type,
        instance_type: 'ml.g5.2xlarge',
        initial_instance_count: '1',
        autoscaling_enabled: false,
        assign_to_roles: [role],
        creator: 'admin',
      };
      const answer = await client().post('/endpoints', body, admin);
      expect(answer).toMatchObject({ status: 202, body: { data: { endpoint_status: 'Creating' } } });
      endpoints[endpoint_type] = answer.body.data.endpoint_name;
    });

    it('sees both get into service', async () => {
      await eventually(
        'both endpoints in service',
        async () => {
          const shown = await list<{ endpoint_name: string; endpoint_status: string }>(
            `/endpoints?username=${names.user}`,
            'endpoints',
          );
          const ready = shown.filter(({ endpoint_status }) => endpoint_status === 'InService');
          const isThere = (name: string): boolean => ready.some(({ endpoint_name }) => endpoint_name === name);
          return (isThere(endpoints.Async) && isThere(endpoints['Real-time'])) || undefined;
        },
        120_000,
      );
    }, 150_000);

    it.each(['Async', 'Real-time'] as const)(
      'enlarges a picture on the %s endpoint',
      async (inference_type) => {
        const wish = {
          user_id: names.user,
          inference_type,
          task_type: 'extra-single-image',
          models: { embeddings: [] },
          filters: { createAt: 1_707_141_090.135_923, creator: 'sd-webui' },
          sagemaker_endpoint_name: endpoints[inference_type],
        };
        const created = await client().post('/inferences', wish);
        expect(created.status).toBe(201);
        const { id, api_params_s3_upload_url: uploadUrl } = created.body.data.inference;
        inferences.push(id);
        const payload = { upscaling_resize: 2, upscaler_1: 'Lanczos', image: (await testImage()).toString('base64') };
        const upload = await fetch(uploadUrl, { method: 'PUT', body: Buffer.from(JSON.stringify(payload)) });
        expect(upload.status).toBe(200);
        const started = await client().put(`/inferences/${id}/start`, wish, admin);
        expect(started.status).toBe(inference_type === 'Async' ? 202 : 200);
        const job = await eventually(
          'the end of the job',
          async () => {
            const { data } = (await client().get(`/inferences/${id}`, admin)).body;
            return data.status === 'inprogress' ? undefined : data;
          },
          60_000,
        );
        expect(job).toMatchObject({
          InferenceJobId: id,
          status: 'succeed',
          taskType: 'extra-single-image',
          inference_type,
          image_names: ['image.png'],
          owner_group_or_role: [names.user],
          params: { sagemaker_inference_endpoint_name: endpoints[inference_type], used_models: {} },
        });
        const image = await fetch(String(job.img_presigned_urls[0]));
        expect(pngSize(Buffer.from(await image.arrayBuffer()))).toEqual({ width: 64, height: 48 });
        const facts = (await (await fetch(String(job.output_presigned_urls[0]))).json()) as Record<string, unknown>;
        expect(facts).toMatchObject({ inference_id: id });
      },
      90_000,
    );

    it('finds both in the list', async () => {
      const shown = await list<{ InferenceJobId: string; status: string }>(
        `/inferences?username=${names.user}`,
        'inferences',
      );
      expect(shown.map(({ InferenceJobId, status }) => [InferenceJobId, status])).toEqual(
        inferences.toReversed().map((id) => [id, 'succeed']),
      );
    });

    it('deletes everything', async () => {
      const gone = [
        await client().delete('/inferences', { inference_id_list: inferences }, admin),
        await client().delete('/checkpoints', { checkpoint_id_list: checkpoints }),
        await client().delete(
          '/endpoints',
          { delete_endpoint_list: Object.values(endpoints), username: 'admin' },
          admin,
        ),
        await client().delete('/users', { user_name_list: [names.user] }, admin),
        await client().delete('/roles', { role_name_list: [names.byoc] }),
      ];
      expect(gone.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
      for (const id of inferences) expect((await client().get(`/inferences/${id}`)).status).toBe(404);
      const left = await list<{ endpoint_name: string }>('/endpoints', 'endpoints');
      expect(left.filter(({ endpoint_name }) => Object.values(endpoints).includes(endpoint_name))).toEqual([]);
      const kept = await list<ListedCheckpoint>('/checkpoints?per_page=200', 'checkpoints');
      expect(kept.filter(({ id }) => checkpoints.includes(id))).toEqual([]);
      expect((await list<object>(`/users?username=${names.user}`, 'users')).length).toBe(0);
      expect((await list<object>(`/roles?role=${names.byoc}`, 'roles')).length).toBe(0);
    });
  });
}
