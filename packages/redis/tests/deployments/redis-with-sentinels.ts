import { withRedisUser } from '@infermesh/config';
import { ResourceStack } from '@infermesh/lifecycle';
import { Redis } from 'ioredis';
import { freePort } from '../../src/embedded/free-port.js';
import { adminPassword, aRedisFolder, freeze, untilSo, type RedisDeployment } from './redis-deployment.js';
import { RedisProcess } from './redis-process.js';

export interface RedisWithSentinels extends RedisDeployment {
  /** The server that the sentinels name now. */
  master(): Promise<RedisProcess>;
  readonly servers: readonly RedisProcess[];
  /** Kills the master and resolves, with the one that follows it, once the sentinels name it. The old one stays dead. */
  failOver(): Promise<RedisProcess>;
  /** Resolves when every living server but the master follows it, and has all that the master had at the call. */
  untilInStep(): Promise<void>;
}

const masterName = 'mesh';
const sentinelPassword = 'of-the-sentinels';
const quorum = 2;
/** How long a master may be silent: short, for the sake of the tests. */
const downAfterMs = 1000;
/** A sentinel whose timer is 2 s late does nothing for 30 s: on a busy test machine that is no sign of a broken clock. */
const pace = ['tilt-trigger', '30000', 'ping-period', '200', 'publish-period', '200', 'info-period', '500'] as const;

/** A master, a replica and three sentinels on the loopback. */
export async function startRedisWithSentinels(): Promise<RedisWithSentinels> {
  await using opened = new ResourceStack();
  const folder = opened.use(await aRedisFolder());
  const start = async (config: readonly string[], isSentinel: boolean): Promise<RedisProcess> =>
    opened.use(await RedisProcess.start(folder.path, await freePort(), config, { isSentinel }));
  const data = [
    `requirepass ${adminPassword}`,
    `masterauth ${adminPassword}`,
    'appendonly yes',
    'maxmemory-policy noeviction',
    'repl-diskless-sync-delay 0',
  ];
  const first = await start(data, false);
  const second = await start([...data, `replicaof 127.0.0.1 ${String(first.port)}`], false);
  const servers = [first, second];
  const watch = [
    `sentinel monitor ${masterName} 127.0.0.1 ${String(first.port)} ${String(quorum)}`,
    `sentinel auth-pass ${masterName} ${adminPassword}`,
    `sentinel down-after-milliseconds ${masterName} ${String(downAfterMs)}`,
    `sentinel failover-timeout ${masterName} 3000`,
    `requirepass ${sentinelPassword}`,
    `sentinel sentinel-pass ${sentinelPassword}`,
  ];
  const sentinels = [await start(watch, true), await start(watch, true), await start(watch, true)];
  const asked = sentinels.map(({ port }) => {
    const redis = new Redis({ host: '127.0.0.1', port, password: sentinelPassword });
    redis.on('error', () => undefined);
    opened.defer(() => {
      redis.disconnect();
    });
    return redis;
  });

  await Promise.all(asked.map(async (sentinel) => await sentinel.call('SENTINEL', 'DEBUG', ...pace)));

  const masterPortOf = async (sentinel: Redis): Promise<number> => {
    const address = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)) as [string, string] | null;
    return Number(address?.[1] ?? 0);
  };
  const master = async (): Promise<RedisProcess> => {
    const ports = await Promise.all(asked.map(masterPortOf));
    const named = servers.find(({ port }) => ports.every((other) => other === port));
    return named ?? (await new Promise((resolve) => setTimeout(resolve, 50)).then(master));
  };
  const untilInStep = async (): Promise<void> => {
    const { port } = await master();
    const admin = new Redis({ host: '127.0.0.1', port, password: adminPassword });
    admin.on('error', () => undefined);
    try {
      const living = servers.filter((server) => server.isRunning).length;
      const [, wanted] = await roleOf(admin);
      await untilSo(async () => {
        const [, , replicas] = await roleOf(admin);
        return replicas.length === living - 1 && replicas.every(([, , offset]) => Number(offset) >= wanted);
      });
    } finally {
      admin.disconnect();
    }
  };
  await untilInStep();
  // a failover needs sentinels that know each other, and the replica
  await untilSo(async () => {
    const views = await Promise.all(asked.map(async (sentinel) => await viewOf(sentinel)));
    return views.every((view) => view.includes(`slaves=1,sentinels=${String(sentinels.length)}`));
  });
  const failOver = async (): Promise<RedisProcess> => {
    const old = await master();
    await old.kill();
    await untilSo(async () => (await master()) !== old);
    return await master();
  };
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
  const url = `redis+sentinel://default:${adminPassword}@${hosts}/${masterName}?sentinelPassword=${sentinelPassword}`;
  const kept = opened.move();
  return {
    name: 'a master under sentinels',
    url,
    servers,
    master,
    untilInStep,
    urlFor: (username, password) => withRedisUser(url, username, password),
    failOver,
    freezeMasterOf: async () => freeze((await master()).pid),
    async killMasterOf() {
      await untilInStep();
      const old = await master();
      await failOver();
      await old.start();
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Of a master: its role, its offset, and host, port and offset of each replica. */
async function roleOf(master: Redis): Promise<[string, number, [string, string, string][]]> {
  return (await master.call('ROLE')) as [string, number, [string, string, string][]];
}

async function viewOf(sentinel: Redis): Promise<string> {
  return await sentinel.info('sentinel');
}
