import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSplitMesh, type SplitMesh } from '../harness/split-mesh.js';
import { pngSize, testImage } from '../harness/test-image.js';

let bench: SplitMesh;

beforeAll(async () => {
  bench = await startSplitMesh();
}, 90_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('one process per service, on PostgreSQL', () => {
  it.each(['Lanczos', 'infermesh-photo-x2'])('doubles a picture by %s', async (upscaler) => {
    const image = (await testImage()).toString('base64');
    const job = await bench.client.run({ upscaler_1: upscaler, image });
    expect(job).toMatchObject({ status: 'succeed', image_names: ['image.png'] });
    const answer = await fetch(job.img_presigned_urls?.[0] ?? '');
    expect(pngSize(Buffer.from(await answer.arrayBuffer()))).toEqual({ width: 64, height: 48 });
  });

  it('answers a Real-time start with the finished job', async () => {
    const image = (await testImage()).toString('base64');
    const id = await bench.client.prepare({ upscaler_1: 'Nearest', image }, { inference_type: 'Real-time' });
    expect(await bench.client.start(id)).toMatchObject({ status: 200, body: { data: { status: 'succeed' } } });
  });

  it('ends each service with code 0 when told to stop', async () => {
    const gateway = bench.services.get('api-gateway');
    if (gateway === undefined) throw new Error('no gateway');
    const exited = once(gateway.child, 'exit');
    gateway.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
