import { parseRedisUrl, type RedisAddress } from '@infermesh/config';
import { Cluster, Redis } from 'ioredis';
import { connectRedis } from './connect-redis.js';
import { socketOptions } from './connection-options.js';
import { whenReady } from './when-ready.js';

export interface RedisServerNode {
  readonly role: 'master' | 'replica';
  readonly redis: Redis;
}

export interface RedisServerNodes extends AsyncDisposable {
  readonly all: readonly RedisServerNode[];
}

const readyMs = 5000;
const replicaTimeoutMs = 2000;

/**
 * A connection to every server behind a URL, for what is not replicated.
 *
 * @throws MeshError CONFIG_INVALID, QUEUE_UNAVAILABLE
 */
export async function openNodes(url: string, name: string): Promise<RedisServerNodes> {
  const address = parseRedisUrl(url);
  const redis = connectRedis({ url, purpose: 'request', name });
  try {
    await whenReady(redis, readyMs);
    const all = redis instanceof Cluster ? nodesOf(redis) : await withReplicas(redis, address, name);
    return {
      all,
      [Symbol.asyncDispose]: () => {
        for (const node of all) node.redis.disconnect();
        redis.disconnect();
        return Promise.resolve();
      },
    };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

function nodesOf(cluster: Cluster): RedisServerNode[] {
  return (['master', 'slave'] as const).flatMap((role) =>
    cluster.nodes(role).map((redis) => ({ role: role === 'master' ? 'master' : 'replica', redis }) as const),
  );
}

/** One server is what its URL says. A master under sentinels names its replicas itself. */
async function withReplicas(master: Redis, address: RedisAddress, name: string): Promise<RedisServerNode[]> {
  const nodes: RedisServerNode[] = [{ role: 'master', redis: master }];
  if (address.kind !== 'sentinel') return nodes;
  const [, , replicas] = (await master.call('ROLE')) as [string, number, [string, string, string][]];
  for (const [host, port] of replicas) {
    const redis = new Redis({
      ...socketOptions(name),
      ...address.login,
      ...(address.tls ? { tls: {} } : {}),
      host,
      port: Number(port),
      commandTimeout: replicaTimeoutMs,
      connectTimeout: replicaTimeoutMs,
      retryStrategy: null,
    });
    redis.on('error', () => undefined); // its commands tell
    nodes.push({ role: 'replica', redis });
  }
  return nodes;
}
