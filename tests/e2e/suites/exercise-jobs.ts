import { describe, expect, it } from '@jest/globals';
import { pngSize, testImage } from '../../harness/test-image.js';
import type { MeshUnderTest } from './mesh-under-test.js';

/** The walk of ESD jobs, good and bad. */
export function exerciseJobs(bench: () => MeshUnderTest): void {
  async function download(url: string | undefined): Promise<Buffer> {
    const answer = await fetch(url ?? '');
    expect(answer.status).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  }

  describe('extra-single-image', () => {
    it.each(['Lanczos', 'Nearest', 'infermesh-photo-x2'])(
      'doubles a picture by %s, asynchronously',
      async (upscaler) => {
        const image = await testImage();
        const job = await bench().client.run({
          upscaler_1: upscaler,
          upscaling_resize: 2,
          image: image.toString('base64'),
        });
        expect(job).toMatchObject({
          status: 'succeed',
          image_names: ['image.png'],
          sagemakerRaw: "{'invocationStatus': 'Completed'}",
        });
        expect(pngSize(await download(job.img_presigned_urls?.[0]))).toEqual({ width: 64, height: 48 });
        const facts = JSON.parse((await download(job.output_presigned_urls?.[0])).toString()) as Record<string, string>;
        expect(facts).toMatchObject({
          inference_id: job.InferenceJobId,
          endpont_name: expect.stringMatching(/^esd-async-/u),
        });
        expect(job.createTime).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/u);
      },
    );

    it('answers a Real-time start with the finished job', async () => {
      const image = (await testImage()).toString('base64');
      const id = await bench().client.prepare(
        { upscaler_1: 'Lanczos', image: `data:image/png;base64,${image}` },
        { inference_type: 'Real-time' },
      );
      const answer = await bench().client.start(id);
      expect(answer).toMatchObject({
        status: 200,
        body: { statusCode: 200, data: { status: 'succeed', InferenceJobId: id } },
      });
    });

    it('reads bare Infinity, as Python clients write it', async () => {
      const image = (await testImage()).toString('base64');
      const job = await bench().client.run(`{"s_tmax": Infinity, "upscaler_1": "Nearest", "image": "${image}"}`);
      expect(job.status).toBe('succeed');
    });

    it('runs once, however often it is started', async () => {
      const image = (await testImage()).toString('base64');
      const id = await bench().client.prepare({ upscaler_1: 'Lanczos', image });
      const answers = await Promise.all([bench().client.start(id), bench().client.start(id), bench().client.start(id)]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      const job = await bench().client.untilEnded(id);
      expect(await bench().client.start(id)).toMatchObject({
        status: 202,
        body: { data: { inference: { inference_id: id, status: 'succeed' } } },
      });
      expect((await bench().client.get(id)).body.data?.image_names).toEqual(job.image_names);
    });
  });

  describe('what cannot be done', () => {
    it.each([
      ['text', 'hello', /not JSON/u],
      ['NaN', '{"image": NaN}', /NaN at position/u],
      ['no image', '{"upscaler_1":"Lanczos"}', /image/u],
      ['an image that is none', JSON.stringify({ image: Buffer.from('hello').toString('base64') }), /MEDIA_INVALID/u],
      ['an unknown upscaler', JSON.stringify({ image: '', upscaler_1: 'x' }), /image/u],
      ['a wrong type', JSON.stringify({ image: 'aGk=', upscaling_resize: 'two' }), /upscaling_resize/u],
    ])('ends in a final state whose reason the owner can read: %s', async (_name, payload, reason) => {
      const job = await bench().client.run(payload);
      expect(job.status).toBe('failed');
      expect(job.sagemakerRaw).toMatch(reason);
    });

    it('names the upscalers there are', async () => {
      const image = (await testImage()).toString('base64');
      const job = await bench().client.run({ image, upscaler_1: 'ESRGAN' });
      expect(job.sagemakerRaw).toMatch(
        /no upscaler "ESRGAN"; choose one of None, Lanczos, Nearest, infermesh-photo-x2/u,
      );
    });

    it('fails a truncated picture and one with too many pixels', async () => {
      const image = await testImage(64, 64);
      const truncated = await bench().client.run({
        image: image.subarray(0, image.length >> 1).toString('base64'),
        upscaler_1: 'Lanczos',
      });
      expect(truncated).toMatchObject({ status: 'failed' });
      expect(truncated.sagemakerRaw).toMatch(/MEDIA_INVALID/u);
      const bomb = Buffer.from(image);
      bomb.writeUInt32BE(60_000, 16);
      bomb.writeUInt32BE(60_000, 20);
      expect((await bench().client.run({ image: bomb.toString('base64') })).sagemakerRaw).toMatch(/MEDIA_/u);
    });

    it('fails a job whose payload was never uploaded', async () => {
      const created = await bench().client.create();
      const id = created.body.data?.inference?.id ?? '';
      expect((await bench().client.start(id)).status).toBe(202);
      expect((await bench().client.untilEnded(id)).sagemakerRaw).toMatch(/never uploaded/u);
    });
  });

  describe('refused at the door', () => {
    it('without a key, or with a wrong one', async () => {
      for (const headers of [{ 'x-api-key': '' }, { 'x-api-key': 'im_wrong' }]) {
        const answer = await bench().client.request('GET', '/ping', undefined, headers);
        expect(answer).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
      }
    });

    it.each([
      ['not JSON', 'hello', /Unknown error parsing request body/u],
      ['no fields', '{}', /object has missing required properties \(\["inference_type","models","task_type"\]\)/u],
      [
        'a wrong type',
        '{"task_type":1,"inference_type":"Async","models":{}}',
        /does not match any allowed primitive type/u,
      ],
      [
        'an unknown kind',
        '{"task_type":"rembg","inference_type":"Now","models":{}}',
        /not found in enum \(possible values: \["Real-time","Serverless","Async"\]\)/u,
      ],
      [
        'an unknown task',
        '{"task_type":"dance","inference_type":"Async","models":{}}',
        /task type dance should be in/u,
      ],
      [
        'no endpoint',
        '{"task_type":"rembg","inference_type":"Serverless","models":{}}',
        /no available Serverless endpoints for user "admin"/u,
      ],
      [
        'an unknown endpoint',
        '{"task_type":"extra-single-image","inference_type":"Async","models":{},"sagemaker_endpoint_name":"x"}',
        /no endpoint named "x"/u,
      ],
    ])('%s', async (_name, body, message) => {
      const answer = await bench().client.request('POST', '/inferences', body);
      expect(answer).toMatchObject({ status: 400, body: { statusCode: 400 } });
      expect(answer.body.message).toMatch(message);
    });

    it('an unknown job', async () => {
      for (const id of ['1b671a64-40d5-491e-99b0-da01ff1f3341', 'nonsense']) {
        expect(await bench().client.get(id)).toMatchObject({
          status: 404,
          body: { message: `inference with id ${id} not found` },
        });
        expect((await bench().client.start(id)).status).toBe(404);
      }
    });
  });

  describe('the server itself', () => {
    it('tells that it lives, is ready, and what it counts', async () => {
      const root = new URL(bench().url).origin;
      expect(await bench().client.request('GET', '/ping')).toMatchObject({ status: 200, body: { message: 'pong' } });
      expect((await fetch(`${root}/healthz`)).status).toBe(200);
      expect((await fetch(`${root}/readyz`)).status).toBe(200);
      const metrics = await (await fetch(`${root}/metrics`)).text();
      expect(metrics).toMatch(/mesh_http_requests_total\{[^}]*\} \d/u);
    });
  });
}
