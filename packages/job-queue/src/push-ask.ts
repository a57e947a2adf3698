import { MeshError } from '@infermesh/errors';
import type { RedisClient } from '@infermesh/redis';
import { asksKey } from './queue-keys.js';

/** Asks of one queue that wait; who comes later is refused. */
const maxAsks = 10_000;

/** Life of a list of asks that nobody reads. */
const abandonedMs = 120_000;

/**
 * Puts an ask on the list of its queue. Not by a script: that would need the right to read the list, which callers have not.
 *
 * @throws MeshError QUEUE_FULL; else as Redis does
 */
export async function pushAsk(redis: RedisClient, queue: string, text: string): Promise<void> {
  const key = asksKey(queue);
  const results = await redis.pipeline().rpush(key, text).pexpire(key, abandonedMs).exec();
  const failure = results?.find(([error]) => error !== null)?.[0];
  if (failure != null) throw failure;
  if (Number(results?.[0]?.[1] ?? 0) <= maxAsks) return;
  await redis.lrem(key, -1, text); // what is refused must not be begun later, when its caller has given up
  throw new MeshError('QUEUE_FULL', `too many calls of the queue ${queue} wait`, { retryAfterSeconds: 1 });
}
