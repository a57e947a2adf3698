import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectRedis, whenReady } from '@infermesh/redis';
import { findDescendants } from '../harness/processes.js';
import { startToyMesh, type ToyMesh } from '../harness/toy-mesh.js';

let bench: ToyMesh;

beforeAll(async () => {
  bench = await startToyMesh();
}, 60_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function submitMany(jobs: number): Promise<string[]> {
  return Promise.all(Array.from({ length: jobs }, (_, index) => bench.toys.submit('toy-sleep', { ms: 100, index })));
}

async function expectAllSucceed(ids: readonly string[]): Promise<void> {
  const jobs = await Promise.all(ids.map((id) => bench.toys.untilEnded(id, 50_000)));
  expect(jobs.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
}

describe('jobs that wait while', () => {
  it('Redis is flushed are all done', async () => {
    const ids = await submitMany(30);
    const admin = connectRedis({ url: bench.mesh.redisAdminUrl, purpose: 'request', name: 'fault' });
    await whenReady(admin, 5_000);
    await admin.flushall();
    admin.disconnect();
    await expectAllSucceed(ids);
  }, 60_000);

  it('redis-server is killed are all done', async () => {
    const ids = await submitMany(30);
    const [server] = await findDescendants(process.pid, 'redis-server 127.0.0.1');
    process.kill(server?.pid ?? -1, 'SIGKILL');
    await expectAllSucceed(ids);
  }, 60_000);
});
