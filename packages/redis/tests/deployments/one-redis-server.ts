import { withRedisUser } from '@infermesh/config';
import { createLogger } from '@infermesh/telemetry';
import { Redis } from 'ioredis';
import { startEmbeddedRedis, type EmbeddedRedis } from '../../src/index.js';
import { aRedisFolder, freeze, untilSo, untilWritten, type RedisDeployment } from './redis-deployment.js';

export interface OneRedisServer extends RedisDeployment {
  readonly server: EmbeddedRedis;
}

/** The embedded server, which is back by itself when it was killed. */
export async function startOneRedisServer(): Promise<OneRedisServer> {
  const folder = await aRedisFolder();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const server = await startEmbeddedRedis({ folder: folder.path, logger });
  return {
    name: 'one server',
    url: server.url,
    server,
    urlFor: (username, password) => withRedisUser(server.url, username, password),
    freezeMasterOf: () => Promise.resolve(freeze(server.pid)),
    async killMasterOf() {
      const { pid } = server;
      const admin = new Redis(server.url);
      await untilWritten(admin);
      admin.disconnect();
      process.kill(pid, 'SIGKILL');
      await untilSo(() => server.pid !== pid && server.pid !== 0);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
