import { expect, it } from '@jest/globals';
import { connectRedis, removeAcl } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import { startOneRedisServer } from '../../../packages/redis/tests/deployments/one-redis-server.js';
import { untilSo } from '../../../packages/redis/tests/deployments/redis-deployment.js';
import { keepServiceUsers } from '../src/service-users.js';

it('gives a server that has forgotten the users of the services the same ones again', async () => {
  await using redis = await startOneRedisServer();
  const logger = createLogger({ service: 'test', level: 'silent' });
  await using users = await keepServiceUsers(redis.url, { logger, refreshMs: 20 });
  await removeAcl(redis.url, ['svc-auth', 'svc-dispatcher']);
  for (const url of [users.urls.auth, users.urls.dispatcher]) {
    const connection = connectRedis({ url, purpose: 'request', name: 'test' });
    await untilSo(async () => (await connection.ping().catch(() => 'refused')) === 'PONG');
    expect(connection.status).toBe('ready');
    connection.disconnect();
  }
});
