import { createHash } from 'node:crypto';
import type { RedisClient } from '@infermesh/redis';
import type { LeaseTarget } from './lease-token.js';
import { cancelMarksKey, queueKey } from './queue-keys.js';

/**
 * What BullMQ's `moveToFinished` does to a job without parent, children, deduplication or metrics that is not kept, without
 * the events that nobody reads. Whoever ends a lease needs the job's data too, and has one round trip.
 */
const script = `
local job, lock, active, stalled, marks = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, token = ARGV[1], ARGV[2]
if redis.call('GET', lock) ~= token then return false end
local data = redis.call('HGET', job, 'data')
if not data or redis.call('LREM', active, -1, id) < 1 then return false end
redis.call('SREM', stalled, id)
redis.call('ZREM', marks, id)
redis.call('DEL', lock, unpack(KEYS, 6))
redis.call('DEL', job)
return data
`;
const sha1 = createHash('sha1').update(script).digest('hex');

/** Beside the job itself. */
const jobParts = ['logs', 'dependencies', 'processed', 'failed', 'unsuccessful'];

/** Takes a leased job out of its queue. @returns its data; undefined when the lease is not held any more: nothing changed */
export async function endLease(
  redis: RedisClient,
  { queue, jobId, lockToken }: LeaseTarget,
): Promise<string | undefined> {
  const key = queueKey(queue, jobId);
  const keys = [
    ...[key, `${key}:lock`, queueKey(queue, 'active'), queueKey(queue, 'stalled'), cancelMarksKey(queue)],
    ...jobParts.map((part) => `${key}:${part}`),
  ];
  const args = [...keys, jobId, lockToken];
  const data = await redis.evalsha(sha1, keys.length, ...args).catch(async (error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return await redis.eval(script, keys.length, ...args);
  });
  return typeof data === 'string' ? data : undefined;
}
