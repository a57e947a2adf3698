import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { uploadParts } from '../upload-parts.js';
import type { EsdBench } from '../esd-bench.js';
import type { SeedClient, WireAnswer } from '../seed-client.js';
import { startFileServer } from '../file-server.js';

const mebibyte = 1024 * 1024;
const timestamp = expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}$/u) as unknown;
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u) as unknown;
const nobody = '00000000-0000-4000-8000-000000000000';

interface Listed {
  readonly id: string;
  readonly name: string[];
  readonly status: string;
  readonly error?: string;
}

interface Changed {
  readonly id: string;
  readonly s3_location: string;
  readonly params: { readonly multipart_upload: Readonly<Record<string, unknown>> };
}

/** What answers of these routes may hold. */
interface Data {
  readonly checkpoint: Changed;
  readonly s3PresignUrl: Readonly<Record<string, string[]>>;
  readonly checkpoints: Listed[];
}

/** What ours hold, beside. */
interface PartsData {
  readonly parts: readonly object[];
  readonly s3PresignUrl: readonly string[];
}

interface FilesData {
  readonly files: readonly { readonly url: string }[];
}

/** Dossier 6. */
export function exerciseCheckpoints(bench: () => EsdBench): void {
  const admin = { message: 'by a test', creator: 'admin' };
  const refused = (message: string) => [400, { statusCode: 400, message }];
  const said = ({ status, body }: WireAnswer): unknown[] => [status, body];

  const dataOf = ({ body }: WireAnswer): Data => body.data as unknown as Data;
  const urlsOf = (answer: WireAnswer, filename: string): string[] => dataOf(answer).s3PresignUrl[filename] ?? [];

  function announce(filename: string, fields: object = {}, parts = 1): Promise<WireAnswer> {
    const filenames = [{ filename, parts_number: parts }];
    return bench().v14.post('/checkpoints', { checkpoint_type: 'Lora', filenames, params: admin, ...fields });
  }

  /** @returns the id */
  async function upload(filename: string, fields: object = {}, pieces = [Buffer.from(filename)]): Promise<string> {
    const announced = await announce(filename, fields, pieces.length);
    const tags = await uploadParts(urlsOf(announced, filename), pieces);
    const { id } = dataOf(announced).checkpoint;
    const answer = await bench().v14.put(`/checkpoints/${id}`, {
      status: 'Active',
      multi_parts_tags: { [filename]: tags },
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return id;
  }

  async function list(search = '', client: SeedClient = bench().v14, as = 'admin'): Promise<Listed[]> {
    return dataOf(await client.get(`/checkpoints?per_page=200${search}`, { as })).checkpoints;
  }

  async function until(fits: (listed: readonly Listed[]) => boolean): Promise<readonly Listed[]> {
    const giveUpAt = Date.now() + 60_000;
    for (;;) {
      const listed = await list();
      if (fits(listed)) return listed;
      if (Date.now() > giveUpAt) throw new Error(`still ${JSON.stringify(listed)}`);
    }
  }

  describe('POST /checkpoints with filenames', () => {
    it('hands out a URL for each part, and ends as an active checkpoint', async () => {
      const filename = 'v1-5-pruned.safetensors';
      const created = await announce(
        filename,
        { checkpoint_type: 'Stable-diffusion', params: { ...admin, more: [1] } },
        2,
      );
      expect(created).toMatchObject({
        status: 201,
        body: {
          statusCode: 201,
          message: 'Created',
          data: {
            checkpoint: {
              id: uuid,
              type: 'Stable-diffusion',
              status: 'Initial',
              params: { message: 'by a test', creator: 'admin', more: [1], created: timestamp },
            },
          },
        },
      });
      const { checkpoint, s3PresignUrl } = dataOf(created);
      expect(checkpoint.s3_location).toMatch(new RegExp(`^s3://[^/]+/.*${checkpoint.id}$`, 'u'));
      expect(checkpoint.params.multipart_upload[filename]).toEqual({
        upload_id: expect.any(String) as unknown,
        bucket: expect.any(String) as unknown,
        key: expect.stringMatching(/v1-5-pruned\.safetensors$/u) as unknown,
      });
      const pieces = [randomBytes(5 * mebibyte), randomBytes(mebibyte)];
      const tags = await uploadParts(s3PresignUrl[filename] ?? [], pieces);
      const body = { status: 'Active', multi_parts_tags: { [filename]: tags.toReversed(), stranger: [] } };
      const updated = await bench().v14.put(`/checkpoints/${checkpoint.id}`, body);
      // the status that it had, in both places
      expect(updated).toMatchObject({ status: 200, body: { statusCode: 200, message: 'OK', data: { checkpoint } } });
      expect((updated.body as unknown as { checkpoint: unknown }).checkpoint).toEqual(dataOf(updated).checkpoint);
      const [listed] = await list('&types=Stable-diffusion');
      expect(listed).toMatchObject({
        id: checkpoint.id,
        s3Location: checkpoint.s3_location,
        type: 'Stable-diffusion',
        status: 'Active',
        name: [filename],
        created: expect.stringMatching(/^\d{10}(\.\d+)?$/u) as unknown,
        params: { creator: 'admin', created: timestamp },
        allowed_roles_or_users: ['IT Operator'],
      });
    });

    it.each([
      ['nothing', {}, '[object has missing required properties (["checkpoint_type"])]'],
      [
        'a type that is none',
        { checkpoint_type: 'lora' },
        '[instance value ("lora") not found in enum (possible values: ["Stable-diffusion","embeddings","Lora","hypernetworks","ControlNet","VAE","Upscaler"]) at checkpoint_type]',
      ],
      [
        'neither files nor URLs',
        { checkpoint_type: 'Lora', params: { creator: 'admin' } },
        'no checkpoint name (file names) detected',
      ],
      [
        'no part',
        { checkpoint_type: 'Lora', filenames: [{ filename: 'x', parts_number: 0 }] },
        '[numeric instance is lower than the required minimum (minimum: 1, found: 0) at filenames[0].parts_number]',
      ],
      [
        'too many parts',
        { checkpoint_type: 'Lora', filenames: [{ filename: 'x', parts_number: 101 }] },
        '[numeric instance is greater than the required maximum (maximum: 100, found: 101) at filenames[0].parts_number]',
      ],
      [
        'a file without a name',
        { checkpoint_type: 'Lora', filenames: [{ filename: '', parts_number: 1 }] },
        '[string "" is too short (length: 0, required minimum: 1) at filenames[0].filename]',
      ],
      [
        'an empty list',
        { checkpoint_type: 'Lora', filenames: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at filenames]',
      ],
      [
        'too many files',
        {
          checkpoint_type: 'Lora',
          filenames: Array.from({ length: 21 }, (_, index) => ({ filename: `f${index}`, parts_number: 1 })),
        },
        '[array is too long: must have at most 20 elements but instance has 21 elements at filenames]',
      ],
      [
        'params of a wrong type',
        { checkpoint_type: 'Lora', params: 'x' },
        '[instance type (string) does not match any allowed primitive type (allowed: ["object"]) at params]',
      ],
      [
        'an unknown creator',
        { checkpoint_type: 'Lora', filenames: [{ filename: 'x', parts_number: 1 }], params: { creator: 'ghost' } },
        'user: "ghost" not exist',
      ],
      [
        'a file that leaves its place',
        { checkpoint_type: 'Lora', filenames: [{ filename: '../x', parts_number: 1 }] },
        '"../x" cannot be a file\'s name: it has a slash, and is not part of a folder',
      ],
    ])('refuses %s', async (_name, body, message) => {
      expect(said(await bench().v14.post('/checkpoints', body))).toEqual(refused(message));
    });

    it('refuses a body that is none', async () => {
      expect(said(await bench().v14.post('/checkpoints', '{'))).toEqual(refused('Unknown error parsing request body'));
    });

    it('refuses a name that is taken, of any type and in any state', async () => {
      await announce('taken.pt');
      const taken = refused('taken.pt already exists, please use another or rename/delete exists');
      expect(said(await announce('taken.pt', { checkpoint_type: 'VAE' }))).toEqual(taken);
      expect(said(await announce(' taken.pt '))).toEqual(taken);
    });

    it('refuses a creator who may not', async () => {
      await bench().createUser('visitor', ['inference:all']);
      const params = { creator: 'visitor' };
      expect(said(await announce('x.pt', { params }))).toEqual(refused('user has no permissions to create a model'));
      const body = { checkpoint_type: 'Lora', filenames: [{ filename: 'x.pt', parts_number: 1 }], params };
      expect(await bench().v15.post('/checkpoints', body, { username: 'visitor' })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: "User visitor has no permissions: ['checkpoint:all', 'checkpoint:create']" },
      });
      expect(said(await bench().v15.post('/checkpoints', body))).toEqual([
        401,
        { statusCode: 401, message: 'Unauthorized' },
      ]);
    });

    it('lets a key act for others only with the permission', async () => {
      const key = await bench().createUser('maker', ['checkpoint:create']);
      const asAdmin = {
        checkpoint_type: 'Lora',
        filenames: [{ filename: 'forged.pt', parts_number: 1 }],
        params: admin,
      };
      expect((await bench().v14.post('/checkpoints', asAdmin, { key })).status).toBe(403);
      const own = await bench().v14.post('/checkpoints', { ...asAdmin, params: { creator: 'maker' } }, { key });
      expect(own.status).toBe(201);
    });
  });

  describe('POST /checkpoints with urls', () => {
    const accepted = [202, { statusCode: 202, message: 'Checkpoint creation in progress, please check later' }];
    const importOf = (urls: string[], fields: object = {}): Promise<WireAnswer> =>
      bench().v14.post('/checkpoints', { checkpoint_type: 'ControlNet', urls, params: admin, ...fields });

    it('imports each URL as a checkpoint of its own, under the last part of its address', async () => {
      await using server = await startFileServer({
        '/a/canny.pth': Buffer.from('canny'),
        '/b/depth.pth': Buffer.from('depth'),
      });
      const urls = [`${server.url}/a/canny.pth`, `${server.url}/b/depth.pth?token=x`, `${server.url}/a/canny.pth`];
      expect(said(await importOf(urls))).toEqual(accepted);
      expect(said(await importOf(urls.slice(0, 1)))).toEqual(
        refused('canny.pth already exists, please use another or rename/delete exists'),
      );
      const active = await until(
        (listed) =>
          listed.filter(({ status, name }) => status === 'Active' && /canny|depth/u.test(name.join())).length === 2,
      );
      expect(active.find(({ name }) => name[0] === 'canny.pth')).toMatchObject({
        type: 'ControlNet',
        params: { creator: 'admin', multipart_upload: { 'canny.pth': { uploadId: expect.any(String) as unknown } } },
      });
    });

    it('shows what went wrong, and lets the name go', async () => {
      await using server = await startFileServer({});
      expect(said(await importOf([`${server.url}/missing.pt`, `${server.url}/notes.txt`]))).toEqual(accepted);
      const listed = await until((all) => all.filter(({ status }) => status === 'Failed').length === 2);
      expect(listed.find(({ name }) => name[0] === 'missing.pt')?.error).toMatch(/answered 404/u);
      expect(listed.find(({ name }) => name[0] === 'notes.txt')?.error).toMatch(/no \.safetensors/u);
      expect(said(await importOf([`${server.url}/missing.pt`]))).toEqual(accepted);
    });

    it.each([
      'http://127.0.0.2/x.pt',
      'http://10.1.2.3/x.pt',
      'http://169.254.169.254/x.pt',
      'http://[::1]/x.pt',
      'file:///etc/x.pt',
    ])('refuses %s', async (url) => {
      const { status, body } = await importOf([url]);
      expect([status, body.statusCode]).toEqual([400, 400]);
      expect((await list()).some(({ name }) => name[0] === 'x.pt')).toBe(false);
    });

    it.each([
      [{ urls: [] }, '[array is too short: must have at least 1 elements but instance has 0 elements at urls]'],
      [{ urls: [''] }, '[string "" is too short (length: 0, required minimum: 1) at urls[0]]'],
      [{ urls: ['no url'] }, '"no url" is no URL'],
    ])('refuses %j', async (fields, message) => {
      expect(
        said(await bench().v14.post('/checkpoints', { checkpoint_type: 'Lora', params: admin, ...fields })),
      ).toEqual(refused(message));
    });
  });

  describe('PUT /checkpoints/{id}', () => {
    it.each([
      [
        'an empty name beside a status',
        { status: 'Active', name: '' },
        '[string "" is too short (length: 0, required minimum: 1) at name, ECMA 262 regex "^[A-Za-z][A-Za-z0-9_-]*$" does not match input string "" at name]',
      ],
      [
        'a name with a dot',
        { name: 'a.b' },
        '[ECMA 262 regex "^[A-Za-z][A-Za-z0-9_-]*$" does not match input string "a.b" at name]',
      ],
      [
        'a long name',
        { name: 'a'.repeat(21) },
        '[string "aaaaaaaaaaaaaaaaaaaa" is too long (length: 21, maximum allowed: 20) at name]',
      ],
      ['an empty status', { status: '' }, '[string "" is too short (length: 0, required minimum: 1) at status]'],
      [
        'tags of a wrong type',
        { multi_parts_tags: 'x' },
        '[instance type (string) does not match any allowed primitive type (allowed: ["object"]) at multi_parts_tags]',
      ],
      ['a status without tags', { status: 'Active' }, 'multi parts tags is empty'],
      ['a status with empty tags', { status: 'Active', multi_parts_tags: {} }, 'multi parts tags is empty'],
      [
        'a status that is none',
        { status: 'Busy', multi_parts_tags: { x: [] } },
        "'Busy' is not a status that can be set: use Active or Disabled",
      ],
      [
        'an activation without the parts',
        { status: 'Active', multi_parts_tags: { x: [] } },
        'refusals.pt is not complete: its parts are missing',
      ],
      ['a rename before it is active', { name: 'early' }, 'only active can update name'],
    ])('refuses %s', async (_name, body, message) => {
      const known = (await list('&types=Lora')).find(({ name }) => name[0] === 'refusals.pt');
      const id = known?.id ?? dataOf(await announce('refusals.pt')).checkpoint.id;
      expect(said(await bench().v14.put(`/checkpoints/${id}`, body))).toEqual(refused(message));
    });

    it.each([nobody, 'x'])('does not find %s', async (id) => {
      expect(said(await bench().v14.put(`/checkpoints/${id}`, { name: 'x' }))).toEqual([
        404,
        { statusCode: 404, message: `checkpoint not found with id ${id}` },
      ]);
    });

    it('refuses tags that do not fit, and leaves all as it was', async () => {
      const { id } = dataOf(await announce('unfit.pt')).checkpoint;
      const answer = await bench().v14.put(`/checkpoints/${id}`, {
        status: 'Active',
        multi_parts_tags: { 'unfit.pt': [{ ETag: '"0"', PartNumber: '1' }] },
      });
      expect([answer.status, answer.body.statusCode]).toEqual([400, 400]);
      expect((await list()).find((listed) => listed.id === id)).toMatchObject({ status: 'Initial' });
    });

    it('renames the first file', async () => {
      const id = await upload('painting.safetensors');
      const rename = (name: string): Promise<WireAnswer> => bench().v14.put(`/checkpoints/${id}`, { name });
      expect(said(await rename('cartoony'))).toEqual([
        202,
        { statusCode: 202, message: 'rename is processing, please wait' },
      ]);
      await until((listed) => listed.some(({ name }) => name[0] === 'cartoony'));
      expect(said(await rename('cartoony'))).toEqual([200, { statusCode: 200, message: 'no need to update' }]);
      await announce('occupied');
      expect(said(await rename('occupied'))).toEqual(
        refused('occupied already exists, please use another or rename/delete exists'),
      );
      expect(said(await bench().v14.put(`/checkpoints/${id}`, {}))).toEqual([200, { statusCode: 200, message: 'OK' }]);
    });

    it('disables', async () => {
      const id = await upload('idle.pt');
      const body = { status: 'Disabled', multi_parts_tags: { 'idle.pt': [{ ETag: 'x', PartNumber: 1 }] } };
      expect(await bench().v14.put(`/checkpoints/${id}`, body)).toMatchObject({
        status: 200,
        body: { data: { checkpoint: { status: 'Active' } } },
      });
      expect((await list('&status=Disabled')).map((listed) => listed.id)).toEqual([id]);
    });

    it('is for the owner, and for those who may everything', async () => {
      const key = await bench().createUser('stranger', ['checkpoint:create', 'user:all']);
      const id = await upload('owned.pt');
      const message = `checkpoint ${id} is not of user stranger: its owner or a holder of checkpoint:all may change it`;
      expect(said(await bench().v14.put(`/checkpoints/${id}`, { name: 'stolen' }, { key }))).toEqual([
        403,
        { statusCode: 403, message },
      ]);
      expect(said(await bench().v14.delete('/checkpoints', { checkpoint_id_list: [id] }, { key }))).toEqual([
        403,
        { statusCode: 403, message },
      ]);
      const blind = await bench().createUser('blindfold', ['checkpoint:create']);
      expect((await bench().v14.put(`/checkpoints/${id}`, { name: 'stolen' }, { key: blind })).status).toBe(404);
      const idle = await bench().createUser('idler', ['inference:all']);
      expect(said(await bench().v14.put(`/checkpoints/${id}`, { name: 'stolen' }, { key: idle }))).toEqual([
        403,
        { statusCode: 403, message: "User idler has no permissions: ['checkpoint:create']" },
      ]);
    });
  });

  describe('GET /checkpoints', () => {
    it('comes in pages, with one page too many when they divide evenly', async () => {
      await Promise.all(
        ['p1.pt', 'p2.pt', 'p3.pt', 'p4.pt'].map((name) => announce(name, { checkpoint_type: 'embeddings' })),
      );
      const page = async (search: string) =>
        dataOf(await bench().v14.get(`/checkpoints?types=embeddings${search}`, { as: 'admin' }));
      expect(await page('')).toMatchObject({ page: 1, per_page: 10, pages: 1, total: 4 });
      expect(await page('&per_page=4')).toMatchObject({ page: 1, per_page: 4, pages: 2, total: 4 });
      const second = await page('&per_page=3&page=2');
      expect(second).toMatchObject({ page: 2, per_page: 3, pages: 2, total: 4 });
      expect(second.checkpoints).toHaveLength(1);
      expect(await page('&status=Active')).toEqual({ page: 1, per_page: 10, pages: 0, total: 0, checkpoints: [] });
    });

    it('filters by several words of one kind, and by all kinds at once', async () => {
      await upload('filtered.vae', { checkpoint_type: 'VAE' });
      const names = async (search: string): Promise<string[]> => (await list(search)).map(({ name }) => name[0] ?? '');
      expect(await names('&types=VAE&types=hypernetworks&status=Active')).toEqual(['filtered.vae']);
      expect(await names('&types=VAE&status=Initial&status=Disabled')).toEqual([]);
      expect(await names('&types=VAE&roles=IT%20Operator')).toEqual(['filtered.vae']);
      expect(await names('&types=VAE&roles=nobody')).toEqual([]);
    });

    it('shows what is open to the user', async () => {
      const key = await bench().createUser('lister', ['checkpoint:all']);
      const client = bench().v14.withKey(key);
      const { id } = dataOf(
        await client.post('/checkpoints', {
          checkpoint_type: 'hypernetworks',
          filenames: [{ filename: 'of-lister.pt', parts_number: 1 }],
          params: { creator: 'lister' },
        }),
      ).checkpoint;
      expect((await list('', client, 'lister')).map((listed) => listed.id)).toEqual([id]);
      expect((await list('&types=hypernetworks')).map((listed) => listed.id)).toEqual([id]); // user:all
      expect((await bench().v14.get('/checkpoints?username=ghost', { as: 'admin' })).body).toEqual({
        statusCode: 400,
        message: 'user: "ghost" not exist',
      });
      expect((await client.get('/checkpoints?username=admin', { as: 'lister' })).status).toBe(403);
    });

    it('wants to know who asks', async () => {
      expect(said(await bench().v14.get('/checkpoints'))).toEqual([401, { message: 'Unauthorized' }]);
      expect(said(await bench().v15.get('/checkpoints'))).toEqual([401, { statusCode: 401, message: 'Unauthorized' }]);
      await bench().createUser('lookaway', ['inference:all']);
      expect(await bench().v15.get('/checkpoints', { username: 'lookaway' })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: "User lookaway has no permissions: ['checkpoint:all', 'checkpoint:list']" },
      });
    });

    it.each(['page=0', 'per_page=x', 'per_page=1001'])('refuses %s', async (search) => {
      const { status, body } = await bench().v14.get(`/checkpoints?${search}`, { as: 'admin' });
      expect([status, body.statusCode]).toEqual([400, 400]);
    });
  });

  describe('DELETE /checkpoints', () => {
    it('takes them away, and passes over what is not there', async () => {
      const id = await upload('condemned.pt');
      const answer = await bench().v14.delete('/checkpoints', { checkpoint_id_list: [id, id, nobody, 'x'] });
      expect(said(answer)).toEqual([204, {}]);
      expect((await list()).some((listed) => listed.id === id)).toBe(false);
      expect((await announce('condemned.pt')).status).toBe(201);
    });

    it.each([
      [{}, '[object has missing required properties (["checkpoint_id_list"])]'],
      [
        { checkpoint_id_list: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at checkpoint_id_list]',
      ],
      [
        { checkpoint_id_list: [''] },
        '[string "" is too short (length: 0, required minimum: 1) at checkpoint_id_list[0]]',
      ],
      [
        { checkpoint_id_list: Array.from({ length: 101 }, () => 'x') },
        '[array is too long: must have at most 100 elements but instance has 101 elements at checkpoint_id_list]',
      ],
    ])('refuses %j', async (body, message) => {
      expect(said(await bench().v14.delete('/checkpoints', body))).toEqual(refused(message));
    });

    it('needs the permission', async () => {
      const key = await bench().createUser('breaker', ['checkpoint:list']);
      expect(said(await bench().v14.delete('/checkpoints', { checkpoint_id_list: ['x'] }, { key }))).toEqual([
        403,
        { statusCode: 403, message: "User breaker has no permissions: ['checkpoint:create']" },
      ]);
    });
  });

  describe('ours', () => {
    it('goes on with an upload that was broken off', async () => {
      const announced = await announce('broken-off.pt', {}, 2);
      const { id } = dataOf(announced).checkpoint;
      const pieces = [randomBytes(5 * mebibyte), Buffer.from('rest')];
      await uploadParts(urlsOf(announced, 'broken-off.pt'), pieces.slice(0, 1));
      const answer = await bench().v14.get(`/checkpoints/${id}/parts?filename=broken-off.pt`);
      const data = answer.body.data as unknown as PartsData;
      expect(data).toMatchObject({
        filename: 'broken-off.pt',
        parts_number: 2,
        parts: [{ PartNumber: 1, Size: 5 * mebibyte }],
      });
      const [second] = await uploadParts(data.s3PresignUrl.slice(1), pieces.slice(1));
      const tags = [...data.parts, { ...second, PartNumber: 2 }];
      expect(
        (await bench().v14.put(`/checkpoints/${id}`, { status: 'Active', multi_parts_tags: { 'broken-off.pt': tags } }))
          .status,
      ).toBe(200);
      const { files } = (await bench().v14.get(`/checkpoints/${id}/files`)).body.data as unknown as FilesData;
      expect(files).toMatchObject([
        {
          filename: 'broken-off.pt',
          size: 5 * mebibyte + 4,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown,
        },
      ]);
      const file = await fetch(files[0]?.url ?? '');
      expect(Buffer.concat(pieces).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
    });

    it('keeps a folder together, by its name', async () => {
      const filenames = [
        { filename: 'model.txt', parts_number: 1 },
        { filename: 'sub/vocab.txt', parts_number: 1 },
      ];
      const announced = await bench().v14.post('/checkpoints', {
        checkpoint_type: 'Upscaler',
        folder_name: 'my-folder',
        filenames,
        params: admin,
      });
      expect(announced.status).toBe(201);
      const { id } = dataOf(announced).checkpoint;
      const tags: Record<string, object[]> = {};
      for (const { filename } of filenames)
        tags[filename] = await uploadParts(urlsOf(announced, filename), [Buffer.from(filename)]);
      expect((await bench().v14.put(`/checkpoints/${id}`, { status: 'Active', multi_parts_tags: tags })).status).toBe(
        200,
      );
      const { body } = await bench().v14.get(`/checkpoints/${id}/files`);
      expect(body.data).toMatchObject({
        checkpoint: { name: ['my-folder'], folder: true, status: 'Active' },
        files: [
          { filename: 'model.txt', size: 9, url: null },
          { filename: 'sub/vocab.txt', size: 13 },
        ],
        total: 2,
        archive: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown },
      });
    });

    it('shows the checkpoints of the mesh when asked for their type', async () => {
      expect((await list('&types=Upscaler')).some(({ name }) => name[0] === 'infermesh-photo-x2')).toBe(true);
      expect((await list()).some(({ name }) => name[0] === 'infermesh-photo-x2')).toBe(false);
    });
  });
}
