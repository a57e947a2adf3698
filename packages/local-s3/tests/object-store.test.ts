import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createObjectStore } from '@infermesh/object-store';
import { exerciseObjectStore, type StorageUnderTest } from '../../object-store/tests/suite.js';
import { startLocalS3 } from '../src/index.js';

const credentials = { accessKeyId: 'suite', secretAccessKey: 'suite-secret' };

async function createLocalS3(): Promise<StorageUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'local-s3-'));
  const server = await startLocalS3({ folder, credentials: [credentials] });
  return {
    options: { endpoint: server.url, region: 'us-east-1', bucket: 'suite', ...credentials },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

exerciseObjectStore('local-s3', createLocalS3);

it('keeps the holder of a presigned URL to its limit', async () => {
  await using storage = await createLocalS3();
  await using store = createObjectStore(storage.options);
  const signal = AbortSignal.timeout(20_000);
  await store.ensureBucket(signal);
  const limit = { expiresInSeconds: 60, maxBytes: 4 };
  const { url } = await store.presignPut('limited', limit);
  const uploadId = await store.multipart.create('limited', { signal });
  const part = await store.multipart.presignPart('limited', uploadId, 1, limit);
  for (const limited of [url, part.url]) {
    const refused = await fetch(limited, { method: 'PUT', body: '12345' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('EntityTooLarge')]);
  }
  expect(await store.find('limited', signal)).toBeUndefined();
  expect((await fetch(url, { method: 'PUT', body: '1234' })).status).toBe(200);
});
