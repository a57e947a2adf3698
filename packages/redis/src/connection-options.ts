import { backoffMs } from '@infermesh/lifecycle';
import type { RedisOptions } from 'ioredis';

/**
 * What a connection is for decides how it fails.
 * - `request`: someone waits. Commands fail at once while Redis is away, and are never sent a second time.
 * - `blocking`: a background loop waits. Commands wait for Redis to come back, for ever, and are sent again.
 * - `subscriber`: as `blocking`; channels are subscribed again after a reconnect.
 */
export type RedisPurpose = 'request' | 'blocking' | 'subscriber';

type PurposeOptions = Pick<
  RedisOptions,
  'enableOfflineQueue' | 'maxRetriesPerRequest' | 'autoResendUnfulfilledCommands' | 'commandTimeout' | 'autoResubscribe'
>;

const reconnectBackoff = { firstMs: 50, maxMs: 1000 };

/** Longer than any command here blocks: who waits longer for an answer has lost the connection without being told. */
const silenceMs = 15_000;

/** How every connection treats its socket, whatever it is for. */
export function socketOptions(name: string) {
  return {
    connectionName: name,
    disableClientInfo: true, // CLIENT SETINFO is newer than the servers that an access rule may name it to
    connectTimeout: 5000,
    disconnectTimeout: 200,
    keepAlive: 10_000,
    socketTimeout: silenceMs, // a connection that leads nowhere is replaced, not waited for
  };
}

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

export function purposeOptions(purpose: RedisPurpose, commandTimeoutMs: number): PurposeOptions {
  return optionsByPurpose[purpose](commandTimeoutMs);
}

/** The pause before the next attempt to connect: 50 ms to 1 s. */
export function reconnectMs(attempt: number): number {
  return backoffMs(reconnectBackoff, attempt);
}
