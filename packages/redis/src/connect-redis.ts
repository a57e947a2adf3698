import { parseRedisUrl, type RedisAddress } from '@infermesh/config';
import type { Logger } from '@infermesh/telemetry';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { connectCluster, connectClusterSubscriber } from './connect-cluster.js';
import { GatheringRedis } from './gathering-redis.js';
import { purposeOptions, reconnectMs, socketOptions, type RedisPurpose } from './connection-options.js';

/** A connection to whatever keeps the queues: what a server and a cluster have in common. */
export type RedisClient = Redis | Cluster;

export interface ConnectRedisOptions<Purpose extends RedisPurpose = RedisPurpose> {
  /** In one of the forms of `parseRedisUrl`: a server, a master that sentinels watch, or a cluster. */
  readonly url: string;
  readonly purpose: Purpose;
  /** Shown in `CLIENT LIST`; letters, digits and `.-_:` only. */
  readonly name: string;
  readonly logger?: Logger;
  /** Time for one command of a `request` connection, in milliseconds; default 3000. */
  readonly commandTimeoutMs?: number;
}

type ServerOptions = Omit<RedisOptions, 'replyMapping'>;
type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

function connectMaster(address: SentinelAddress, options: ServerOptions): Redis {
  const { username, password } = address.sentinelLogin;
  return new GatheringRedis({
    ...options,
    ...address.login,
    sentinels: [...address.nodes],
    name: address.masterName,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(address.tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: 2000,
    sentinelRetryStrategy: reconnectMs,
    // A master that was replaced while the connection held, and is a replica now. It refused the command, which may
    // therefore be sent again by whoever can wait.
    reconnectOnError: (error) =>
      error.message.startsWith('READONLY') && (options.maxRetriesPerRequest === null ? 2 : 1),
  });
}

function open({ url, purpose, name, commandTimeoutMs = 3000 }: ConnectRedisOptions): RedisClient {
  const address = parseRedisUrl(url);
  if (address.kind === 'cluster') {
    return purpose === 'subscriber'
      ? connectClusterSubscriber(address, name)
      : connectCluster(address, { purpose, name, commandTimeoutMs });
  }
  const options = { ...socketOptions(name), ...purposeOptions(purpose, commandTimeoutMs), retryStrategy: reconnectMs };
  return address.kind === 'sentinel' ? connectMaster(address, options) : new GatheringRedis(address.url, options);
}

/**
 * Starts connecting, and reconnects for ever (50 ms to 1 s apart). Failures are logged, never thrown: a command tells.
 * Close it with `quit()`, or `disconnect()` to leave at once. A subscriber is one connection to one node in any
 * deployment: what is published reaches all of them.
 *
 * @throws MeshError CONFIG_INVALID for a URL that is none
 */
export function connectRedis(options: ConnectRedisOptions<'subscriber'>): Redis;
export function connectRedis(options: ConnectRedisOptions): RedisClient;
export function connectRedis(options: ConnectRedisOptions): RedisClient {
  const { name, logger } = options;
  const redis = open(options);
  let lastMessage = '';
  redis.on('error', (error: Error) => {
    if (error.message === lastMessage) return;
    lastMessage = error.message;
    logger?.warn({ connection: name, reason: error.message }, 'redis connection failed');
  });
  redis.on('ready', () => {
    if (lastMessage !== '') logger?.info({ connection: name }, 'redis connection is back');
    lastMessage = '';
  });
  return redis;
}
