import { withRedisUser } from '@infermesh/config';
import { ResourceStack } from '@infermesh/lifecycle';
import { Redis } from 'ioredis';
import { freePort } from '../../src/embedded/free-port.js';
import {
  adminPassword,
  aRedisFolder,
  freeze,
  untilSo,
  untilWritten,
  type RedisDeployment,
} from './redis-deployment.js';
import { RedisProcess } from './redis-process.js';

export interface RedisCluster extends RedisDeployment {
  readonly masters: readonly RedisProcess[];
  /** The master that has the key's slot now. */
  ownerOf(key: string): Promise<RedisProcess>;
  /** Moves the key's slot, with all that is in it, to another master while clients go on. */
  moveSlotOf(key: string): Promise<void>;
  /** Resolves when all masters agree that the cluster is whole. */
  untilWhole(): Promise<void>;
}

const slotCount = 16_384;
const masterCount = 3;

/** Three masters without replicas on the loopback: whoever is killed comes back with its append-only file. */
export async function startRedisCluster(): Promise<RedisCluster> {
  await using opened = new ResourceStack();
  const folder = opened.use(await aRedisFolder());
  const masters: RedisProcess[] = [];
  const busPorts: number[] = [];
  for (let index = 0; index < masterCount; index++) {
    const busPort = await freePort();
    busPorts.push(busPort);
    const config = [
      'cluster-enabled yes',
      `cluster-port ${String(busPort)}`,
      'cluster-node-timeout 2000',
      `requirepass ${adminPassword}`,
      `masterauth ${adminPassword}`,
      'appendonly yes',
      'maxmemory-policy noeviction',
    ];
    masters.push(opened.use(await RedisProcess.start(folder.path, await freePort(), config)));
  }
  const admins = masters.map(({ port }) => {
    const redis = new Redis({ host: '127.0.0.1', port, password: adminPassword, retryStrategy: () => 50 });
    redis.on('error', () => undefined);
    opened.defer(() => {
      redis.disconnect();
    });
    return redis;
  });
  await form(admins, masters, busPorts);
  const untilWhole = async (): Promise<void> => {
    await untilSo(async () => {
      const views = await Promise.all(admins.map(async (admin) => await admin.cluster('INFO')));
      return views.every((view) => view.includes('cluster_state:ok') && view.includes('cluster_slots_ok:16384'));
    });
  };
  await untilWhole();
  const ids = await Promise.all(admins.map(async (admin) => await admin.cluster('MYID')));
  const owner = async (slot: number): Promise<number> => {
    const ranges = (await admins[0]?.cluster('SLOTS')) ?? [];
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    return masters.findIndex(({ port }) => port === range?.[2]?.[1]);
  };
  const slotOf = async (key: string): Promise<number> => Number(await admins[0]?.cluster('KEYSLOT', key));
  const ownerOf = async (key: string): Promise<RedisProcess> => {
    const found = masters[await owner(await slotOf(key))];
    if (found === undefined) throw new Error(`nobody has the slot of ${key}`);
    return found;
  };
  const hosts = masters.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
  const url = `redis+cluster://default:${adminPassword}@${hosts}`;
  const kept = opened.move();
  return {
    name: 'a cluster of three masters',
    url,
    masters,
    untilWhole,
    urlFor: (username, password) => withRedisUser(url, username, password),
    ownerOf,
    freezeMasterOf: async (key) => freeze((await ownerOf(key)).pid),
    async killMasterOf(key) {
      const server = await ownerOf(key);
      const admin = admins[masters.indexOf(server)];
      if (admin !== undefined) await untilWritten(admin);
      await server.kill();
      await server.start();
      await untilWhole();
    },
    async moveSlotOf(key) {
      const slot = await slotOf(key);
      const from = await owner(slot);
      const to = (from + 1) % masterCount;
      const [source, target, sourceId = '', targetId = ''] = [admins[from], admins[to], ids[from], ids[to]];
      const port = masters[to]?.port;
      if (source === undefined || target === undefined || port === undefined) throw new Error('there is no such node');
      await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
      await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
      for (;;) {
        const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[];
        if (keys.length === 0) break;
        await source.call('MIGRATE', '127.0.0.1', port, '', 0, 5000, 'AUTH', adminPassword, 'KEYS', ...keys);
      }
      for (const admin of [target, source, ...admins]) await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Gives each master its share of the slots, and makes them known to each other. */
async function form(
  admins: readonly Redis[],
  masters: readonly RedisProcess[],
  busPorts: readonly number[],
): Promise<void> {
  const share = Math.ceil(slotCount / masterCount);
  for (const [index, admin] of admins.entries()) {
    const last = Math.min(slotCount, (index + 1) * share) - 1;
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  const [first] = admins;
  for (const [index, { port }] of masters.entries())
    if (index > 0) await first?.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[index] ?? 0);
}
