import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';
import { eventually } from '../harness/processes.js';
import { testImage } from '../harness/test-image.js';

const maxPayloadBytes = 20_000;
let bench: EmbeddedMesh;

beforeAll(async () => {
  bench = await startEmbeddedMesh({
    env: { INFERMESH_MAX_PAYLOAD_BYTES: String(maxPayloadBytes) },
    dispatcherSettings: { urlSeconds: 2, startWithinMs: 3_000 },
  });
}, 60_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function putStatus(url: string, body: string): Promise<number> {
  return (await fetch(url, { method: 'PUT', body })).status;
}

describe('a job', () => {
  it('whose payload is over the limit cannot be uploaded', async () => {
    const created = await bench.client.create();
    const url = created.body.data?.inference?.api_params_s3_upload_url ?? '';
    expect(await putStatus(url, 'A'.repeat(maxPayloadBytes + 1))).toBe(400);
    expect(await putStatus(url, 'A'.repeat(maxPayloadBytes))).toBe(200);
  });

  it('that waits longer than its upload URL lives runs all the same, and its result has fresh URLs', async () => {
    const created = await bench.client.create();
    const { id = '', api_params_s3_upload_url: url = '' } = created.body.data?.inference ?? {};
    const payload = JSON.stringify({
      image: (await testImage()).toString('base64'),
      upscaler_1: 'infermesh-photo-x2',
    });
    expect(await putStatus(url, payload)).toBe(200);
    await eventually('the upload URL expiring', async () =>
      (await putStatus(url, payload)) === 403 ? true : undefined,
    );
    expect((await bench.client.start(id)).status).toBe(202);
    const job = await bench.client.untilEnded(id);
    expect(job.status).toBe('succeed');
    const [result = ''] = job.img_presigned_urls ?? [];
    await eventually('the result URL expiring', async () => ((await fetch(result)).status === 403 ? true : undefined));
    const [fresh = ''] = (await bench.client.get(id)).body.data?.img_presigned_urls ?? [];
    const download = await fetch(fresh);
    expect(download.status).toBe(200);
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename="image.png"/u);
  });

  it('that is never started expires, and says so', async () => {
    const id = await bench.client.prepare({ image: 'aGk=' });
    expect(await bench.client.untilEnded(id)).toMatchObject({ status: 'failed', error: { code: 'EXPIRED' } });
    expect(await bench.client.start(id)).toMatchObject({
      status: 202,
      body: { data: { inference: { status: 'failed' } } },
    });
  });
});
