import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisCluster } from '../../packages/redis/tests/deployments/redis-cluster.js';
import type { RedisDeployment } from '../../packages/redis/tests/deployments/redis-deployment.js';
import { startRedisWithSentinels } from '../../packages/redis/tests/deployments/redis-with-sentinels.js';
import { startToyMesh, type ToyMesh } from '../harness/toy-mesh.js';

const jobCount = 60;
const jobMs = 100;
/** Attached calls get an answer or an error within their time, and a little more on a busy machine. */
const attachedMs = 8000;
const latenessMs = 3000;

describe.each([
  { name: 'a master under sentinels', start: startRedisWithSentinels },
  { name: 'a cluster of three masters', start: startRedisCluster },
])('a mesh on $name', ({ start }) => {
  let redis: RedisDeployment;
  let bench: ToyMesh;

  beforeAll(async () => {
    redis = await start();
    bench = await startToyMesh({ env: { REDIS_URL: redis.url } });
  }, 60_000);

  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  it('ends every durable job once, and every attached one in time, when the master of their queue is killed', async () => {
    const ids = await Promise.all(
      Array.from({ length: jobCount }, (_, index) => bench.toys.submit('toy-sleep', { ms: jobMs, index })),
    );
    const attached = Array.from({ length: 5 }, async (_, index) => {
      const deadlineAt = Date.now() + attachedMs;
      const { status } = await bench.toys.perform('toy-sleep', { ms: 2000, index }, attachedMs);
      return { status, isOverdue: Date.now() > deadlineAt + latenessMs };
    });
    await redis.killMasterOf(`{bull-ep-${bench.toyEndpointId}}:ep-${bench.toyEndpointId}:wait`);
    const jobs = await Promise.all(ids.map((id) => bench.toys.untilEnded(id, 80_000)));
    expect(jobs.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
    for (const { status, isOverdue } of await Promise.all(attached)) {
      expect([200, 502, 503, 504]).toContain(status);
      expect(isOverdue).toBe(false);
    }
    expect(await bench.toys.perform('toy-echo', { say: 'again' })).toMatchObject({ status: 200 });
  }, 120_000);
});
