import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
