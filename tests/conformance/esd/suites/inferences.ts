import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../harness/processes.js';
import { testImage } from '../../../harness/test-image.js';
import type { EsdBench } from '../esd-bench.js';
import type { WireAnswer, WireRequest } from '../seed-client.js';

const unknownId = '1b671a64-40d5-491e-99b0-da01ff1f3341';

/** Dossier 8. */
export function exerciseInferences(bench: () => EsdBench): void {
  const wish = (fields: object = {}) => ({
    user_id: 'admin',
    inference_type: 'Async',
    task_type: 'extra-single-image',
    models: { embeddings: [] },
    filters: { createAt: 1_707_141_090.135_923, creator: 'sd-webui' },
    ...fields,
  });
  const create = (fields: object = {}, request: WireRequest = {}): Promise<WireAnswer> =>
    bench().v14.post('/inferences', wish(fields), request);
  const created = async (fields: object = {}, request: WireRequest = {}): Promise<string> => {
    const { status, body } = await create(fields, request);
    expect(status).toBe(201);
    return body.data.inference.id;
  };
  const payload = async (): Promise<string> =>
    `{"s_tmax": Infinity, "upscaler_1": "Nearest", "image": "${(await testImage()).toString('base64')}"}`;
  const untilEnded = (id: string) =>
    eventually(
      `the end of ${id}`,
      async () => {
        const { data } = (await bench().v14.get(`/inferences/${id}`)).body;
        return data.status === 'succeed' || data.status === 'failed' ? data : undefined;
      },
      60_000,
    );

  describe('POST /inferences', () => {
    it('makes a job of any task type, whose runtime may be missing', async () => {
      for (const task_type of ['txt2img', 'img2img', 'rembg', 'extra-single-image', 'extra-batch-images']) {
        const { status, body } = await create({ task_type, models: { VAE: ['Automatic'], embeddings: [] } });
        expect([task_type, status]).toEqual([task_type, 201]);
        expect(body).toMatchObject({ statusCode: 201, message: 'Created', data: { inference: { type: task_type } } });
        const { inference } = body.data;
        expect(inference.api_params_s3_location).toMatch(/^s3:\/\/infermesh\/.+\/api_param\.json$/u);
        expect(inference.models).toEqual(
          task_type.endsWith('2img') ? [{ id: 'VAE', name: ['Automatic'], type: 'VAE' }] : undefined,
        );
        if (task_type !== 'txt2img') continue;
        await fetch(inference.api_params_s3_upload_url, { method: 'PUT', body: '{}' });
        await bench().v14.put(`/inferences/${inference.id}/start`);
        const ended = await untilEnded(inference.id);
        expect(ended).toMatchObject({
          status: 'failed',
          params: { used_models: { VAE: [{ id: 'VAE', model_name: 'Automatic', s3: 'None', type: 'VAE' }] } },
        });
        expect(ended.sagemakerRaw).toMatch(/no runtime of this worker does txt2img jobs/u);
      }
    });

    it('resolves models to checkpoints', async () => {
      const models = { Upscaler: ['infermesh-photo-x2'], VAE: ['None'], embeddings: [] };
      const { body } = await create({ task_type: 'txt2img', models });
      const [{ id }] = body.data.inference.models as [{ id: string }];
      expect(body.data.inference.models).toEqual([
        { id, name: ['infermesh-photo-x2'], type: 'Upscaler' },
        { id: 'VAE', name: ['None'], type: 'VAE' },
      ]);
      const shown = await bench().v14.get(`/inferences/${body.data.inference.id}`);
      expect(shown.body.data.params.used_models['Upscaler']).toEqual([
        {
          id,
          model_name: 'infermesh-photo-x2',
          type: 'Upscaler',
          s3: expect.stringMatching(/^s3:\/\/infermesh\/checkpoints\//u) as unknown,
        },
      ]);
    });

    it.each([
      [
        'no fields',
        { task_type: undefined, inference_type: undefined, models: undefined },
        '[object has missing required properties (["inference_type","models","task_type"])]',
      ],
      ['an empty task', { task_type: '' }, '[string "" is too short (length: 0, required minimum: 1) at task_type]'],
      [
        'another type',
        { inference_type: 'Now' },
        '[instance value ("Now") not found in enum (possible values: ["Real-time","Serverless","Async"]) at inference_type]',
      ],
      [
        'embeddings that are no list',
        { models: { embeddings: 'x' } },
        '[instance type (string) does not match any allowed primitive type (allowed: ["array"]) at models.embeddings]',
      ],
      [
        'an unknown task',
        { task_type: 'dance', user_id: 'ghost' },
        "task type dance should be in ['extra-single-image', 'extra-batch-images', 'rembg'] or ['txt2img', 'img2img']",
      ],
      ['an unknown user', { user_id: 'ghost' }, 'user: "ghost" not exist'],
      [
        'a type without an endpoint',
        { inference_type: 'Serverless' },
        'no available Serverless endpoints for user "admin"',
      ],
      [
        'missing models',
        { task_type: 'txt2img', models: { 'Stable-diffusion': ['a', 'b'], VAE: ['None', 'c'], embeddings: [] } },
        'checkpoint with name a, type Stable-diffusion is not found checkpoint with name b, type Stable-diffusion is not found checkpoint with name c, type VAE is not found',
      ],
      [
        'models that are no lists',
        { task_type: 'img2img', models: { Lora: 'x' } },
        'models: Lora must be a list of names',
      ],
      [
        'a payload that is no JSON, first',
        { payload_string: '{', task_type: 'dance' },
        'payload_string must be valid json string',
      ],
    ])('refuses %s', async (_name, fields, message) => {
      const answer = await create(fields);
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message }]);
    });

    it('makes one job for one idempotency key', async () => {
      const headers = { 'idempotency-key': 'once' };
      const [first, second] = [await created({}, { headers }), await created({}, { headers })];
      expect(second).toBe(first);
      expect((await create({ task_type: 'rembg' }, { headers })).status).toBe(400);
    });

    it('starts a job whose payload comes along', async () => {
      const async = await create({ payload_string: await payload() });
      expect(async).toMatchObject({
        status: 202,
        body: { statusCode: 202, data: { inference: { status: 'inprogress' } } },
      });
      expect(await untilEnded(async.body.data.inference.inference_id)).toMatchObject({ status: 'succeed' });
      const body = wish({ payload_string: await payload(), inference_type: 'Real-time', user_id: 'ignored' });
      for (const client of [bench().v15, bench().v17]) {
        expect(await client.post('/inferences', body, { username: 'admin' })).toMatchObject({
          status: 200,
          body: { statusCode: 200, message: 'OK', data: { status: 'succeed', image_names: ['image.png'] } },
        });
      }
    });

    it('takes a large payload along', async () => {
      const { status, body } = await create({ payload_string: JSON.stringify({ image: 'A'.repeat(3_000_000) }) });
      expect(status).toBe(202);
      expect(await untilEnded(body.data.inference.inference_id)).toMatchObject({ status: 'failed' });
    });
  });

  describe('PUT /inferences/{id}/start', () => {
    it('answers an Async job at once, with the create body again or none', async () => {
      const id = await created();
      const { status, body } = await bench().v14.put(`/inferences/${id}/start`, wish());
      expect([status, body]).toEqual([
        202,
        {
          statusCode: 202,
          message: 'Accepted',
          data: {
            inference: {
              inference_id: id,
              status: 'inprogress',
              endpoint_name: expect.stringMatching(/^esd-async-/u) as unknown,
              output_path: expect.stringMatching(/^s3:\/\/infermesh\//u) as unknown,
            },
          },
        },
      ]);
      const id17 = await created();
      expect(
        (await bench().v17.put(`/inferences/${id17}/start`, undefined, { username: 'admin' })).body.data,
      ).toMatchObject({
        InferenceJobId: id17,
        status: 'inprogress',
      });
    });

    it('answers a Real-time job that fails with its reason', async () => {
      const id = await created({ inference_type: 'Real-time' });
      const { status, body } = await bench().v14.put(`/inferences/${id}/start`);
      expect([status, body.statusCode]).toEqual([400, 400]);
      expect(body.message).toMatch(/PAYLOAD_MISSING/u);
    });

    it('says what is not there', async () => {
      const { v14, v15 } = bench();
      const path = `/inferences/${unknownId}/start`;
      const message = `inference with id ${unknownId} not found`;
      expect(await v14.put(path)).toMatchObject({ status: 404, body: { statusCode: 404, message } });
      expect(await v15.put(path, undefined, { username: 'admin' })).toMatchObject({
        status: 400,
        body: { statusCode: 400, message: `InferenceJobId ${unknownId} not found` },
      });
      expect(await v15.put(path)).toMatchObject({ status: 401 });
    });
  });

  describe('GET /inferences/{id}', () => {
    it('has no keys without a value', async () => {
      const id = await created();
      const { body } = await bench().v14.get(`/inferences/${id}`);
      expect(Object.keys(body.data as object).sort()).toEqual(
        [
          'InferenceJobId',
          'status',
          'taskType',
          'inference_type',
          'createTime',
          'startTime',
          'owner_group_or_role',
          'params',
          'img_presigned_urls',
          'output_presigned_urls',
        ].sort(),
      );
      expect(body.data).toMatchObject({ status: 'created', owner_group_or_role: ['admin'], img_presigned_urls: [] });
      const later = (await bench().v17.get(`/inferences/${id}`)).body.data;
      expect(later).toMatchObject({
        image_names: [],
        createTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u) as unknown,
      });
    });

    it.each([unknownId, '99'])('does not find %s', async (id) => {
      const answer = await bench().v14.get(`/inferences/${id}`);
      expect([answer.status, answer.body]).toEqual([
        404,
        { statusCode: 404, message: `inference with id ${id} not found` },
      ]);
    });
  });

  describe('PUT /inferences/{id}/cancel', () => {
    it('cancels a job, and lets ended ones be', async () => {
      const id = await created();
      for (const _again of [1, 2]) {
        expect(await bench().v14.put(`/inferences/${id}/cancel`)).toMatchObject({
          status: 200,
          body: { statusCode: 200, data: { status: 'failed', error: { code: 'CANCELLED' } } },
        });
      }
      expect(await bench().v14.put(`/inferences/${unknownId}/cancel`)).toMatchObject({ status: 404 });
    });

    it('reaches nobody else’s', async () => {
      const key = await bench().createUser('canceller', ['inference:all']);
      const id = await created();
      expect((await bench().v14.put(`/inferences/${id}/cancel`, undefined, { key })).status).toBe(404);
    });
  });

  describe('GET /inferences', () => {
    it('shows every key, the newest first, and in 1.4 all', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 12; index += 1) ids.unshift(await created());
      const { body } = await bench().v14.get('/inferences?username=admin', { as: 'admin' });
      const { inferences } = body.data as { inferences: { InferenceJobId: string }[] };
      expect(inferences.slice(0, 12).map(({ InferenceJobId }) => InferenceJobId)).toEqual(ids);
      expect(inferences[0]).toMatchObject({
        completeTime: null,
        image_names: null,
        inference_info_name: null,
        sagemakerRaw: null,
      });
      expect(Object.keys(body.data as object)).toEqual(['inferences']);
    });

    it('shows more than fits one message of the mesh', async () => {
      const { v14, v15 } = bench();
      const key = await bench().createUser('hoarder', ['inference:all']);
      const models = { VAE: Array.from({ length: 50 }, () => 'Automatic') };
      const wish = { user_id: 'hoarder', task_type: 'txt2img', inference_type: 'Async', models };
      for (let index = 0; index < 40; index += 1)
        expect((await v14.post('/inferences', wish, { key })).status).toBe(201);
      const { inferences } = (await v14.get('/inferences', { key, as: 'hoarder' })).body.data;
      const whole = inferences.map(({ InferenceJobId }) => InferenceJobId);
      expect(new Set(whole).size).toBe(40);

      const first = (await v15.get('/inferences?limit=100', { key })).body.data;
      const from = encodeURIComponent(first.last_evaluated_key ?? '');
      const second = (await v15.get(`/inferences?limit=100&exclusive_start_key=${from}`, { key })).body.data;
      const ids = [...first.inferences, ...second.inferences].map(({ InferenceJobId }) => InferenceJobId);
      expect(ids).toEqual(whole.slice(0, ids.length));
      expect(ids.length).toBeGreaterThan(first.inferences.length);
    });

    it('comes in pages of one task type from 1.5 on', async () => {
      const page = (query: string) => bench().v15.get(`/inferences?type=extra-single-image${query}`);
      const first = (await page('&limit=5')).body.data;
      expect(first.inferences).toHaveLength(5);
      const second = (await page(`&limit=5&exclusive_start_key=${encodeURIComponent(first.last_evaluated_key ?? '')}`))
        .body.data;
      const ids = [...first.inferences, ...second.inferences].map(({ InferenceJobId }) => InferenceJobId);
      expect(new Set(ids).size).toBe(10);
      expect(ids).toEqual([...ids].sort().reverse());
      expect((await page('')).body.data.inferences).toHaveLength(10);
      const others = (await bench().v15.get('/inferences')).body.data.inferences as { taskType: string }[];
      expect(new Set(others.map(({ taskType }) => taskType))).toEqual(new Set(['txt2img']));
    });

    it('shows users their own', async () => {
      const key = await bench().createUser('painter', ['inference:all']);
      const id = await created({ user_id: 'painter' });
      const own = await bench().v14.get('/inferences', { key, as: 'painter' });
      expect(own.body.data.inferences).toMatchObject([{ InferenceJobId: id, owner_group_or_role: ['painter'] }]);
      const asked = await bench().v14.get('/inferences?username=painter', { as: 'admin' });
      expect(asked.body.data.inferences).toHaveLength(1);
      expect(await bench().v14.get('/inferences?username=ghost', { as: 'admin' })).toMatchObject({
        status: 400,
        body: { message: 'user: "ghost" not exist' },
      });
      expect((await bench().v14.get('/inferences?username=admin', { key, as: 'painter' })).status).toBe(403);
      expect((await bench().v14.get('/inferences')).status).toBe(401);
    });
  });

  describe('DELETE /inferences', () => {
    it('deletes what is the caller’s, and passes over the rest', async () => {
      const key = await bench().createUser('eraser', ['inference:all']);
      const [own, other] = [await created({ user_id: 'eraser' }), await created()];
      const answer = await bench().v14.delete(
        '/inferences',
        { inference_id_list: [own, other, unknownId, '99'] },
        { key },
      );
      expect([answer.status, answer.body]).toEqual([204, {}]);
      expect((await bench().v14.get(`/inferences/${own}`)).status).toBe(404);
      expect((await bench().v14.get(`/inferences/${other}`)).status).toBe(200);
    });

    it.each([
      [{}, '[object has missing required properties (["inference_id_list"])]'],
      [
        { inference_id_list: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at inference_id_list]',
      ],
      [
        { inference_id_list: Array.from({ length: 101 }, () => 'x') },
        '[array is too long: must have at most 100 elements but instance has 101 elements at inference_id_list]',
      ],
    ])('refuses %#', async (body, message) => {
      const answer = await bench().v14.delete('/inferences', body);
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message }]);
    });
  });
}
