import { backoffMs } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import { Redis, type RedisOptions } from 'ioredis';

/**
 * What a connection is for decides how it fails.
 * - `request`: someone waits. Commands fail at once while Redis is away, and are never sent a second time.
 * - `blocking`: a background loop waits. Commands wait for Redis to come back, for ever, and are sent again.
 * - `subscriber`: as `blocking`; channels are subscribed again after a reconnect.
 */
export type RedisPurpose = 'request' | 'blocking' | 'subscriber';

export interface ConnectRedisOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
  readonly url: string;
  readonly purpose: RedisPurpose;
  /** Shown in `CLIENT LIST`; letters, digits and `.-_:` only. */
  readonly name: string;
  readonly logger?: Logger;
  /** Time for one command of a `request` connection, in milliseconds; default 3000. */
  readonly commandTimeoutMs?: number;
}

type PurposeOptions = Pick<
  RedisOptions,
  'enableOfflineQueue' | 'maxRetriesPerRequest' | 'autoResendUnfulfilledCommands' | 'commandTimeout' | 'autoResubscribe'
>;

const reconnectBackoff = { firstMs: 50, maxMs: 1000 };

/** Longer than any command here blocks: who waits longer for an answer has lost the connection without being told. */
const silenceMs = 15_000;

const optionsByPurpose: Record<RedisPurpose, (commandTimeoutMs: number) => PurposeOptions> = {
  request: (commandTimeout) => ({
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0, // what was on its way when the connection broke fails at once
    autoResendUnfulfilledCommands: false, // a write that may have arrived must not arrive twice
    commandTimeout,
  }),
  blocking: () => ({ maxRetriesPerRequest: null }),
  subscriber: () => ({ maxRetriesPerRequest: null, autoResubscribe: true }),
};

/**
 * Starts connecting, and reconnects for ever (50 ms to 1 s apart). Failures are logged, never thrown: a command tells.
 * Close it with `quit()`, or `disconnect()` to leave at once.
 */
export function connectRedis(options: ConnectRedisOptions): Redis {
  const { url, purpose, name, logger, commandTimeoutMs = 3000 } = options;
  const redis = new Redis(url, {
    ...optionsByPurpose[purpose](commandTimeoutMs),
    connectionName: name,
    disableClientInfo: true, // CLIENT SETINFO is newer than the servers that an access rule may name it to
    connectTimeout: 5000,
    disconnectTimeout: 200,
    keepAlive: 10_000,
    socketTimeout: silenceMs, // a connection that leads nowhere is replaced, not waited for
    retryStrategy: (attempt) => backoffMs(reconnectBackoff, attempt),
  });
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
