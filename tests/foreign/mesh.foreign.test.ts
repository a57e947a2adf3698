import { describe, expect, it } from '@jest/globals';
import { startRedisCluster } from '../../packages/redis/tests/deployments/redis-cluster.js';
import { startPostgresServer } from '../../packages/database/tests/postgres-server.js';
import { startEmbeddedMesh } from '../harness/embedded-mesh.js';
import { foreignServers, storageVariables } from '../harness/foreign-storage.js';
import { pngSize, testImage } from '../harness/test-image.js';

describe.each(foreignServers(process.env))('a mesh on $name, PostgreSQL and a Redis cluster', ({ start }) => {
  it('takes a picture, enlarges it, and hands it out by a presigned URL', async () => {
    await using redis = await startRedisCluster();
    await using postgres = await startPostgresServer();
    await using storage = await start();
    await using bench = await startEmbeddedMesh({
      env: {
        REDIS_URL: redis.url,
        DATABASE_URL: postgres.url,
        ...storageVariables(storage),
      },
    });
    const image = (await testImage()).toString('base64');
    const job = await bench.client.run({ upscaler_1: 'infermesh-photo-x2', upscaling_resize: 2, image });
    expect(job.status).toBe('succeed');
    const answer = await fetch(job.img_presigned_urls?.[0] ?? '');
    expect(pngSize(Buffer.from(await answer.arrayBuffer()))).toEqual({ width: 64, height: 48 });
  }, 90_000);
});
