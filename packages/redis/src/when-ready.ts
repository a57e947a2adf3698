import { MeshError } from '@infermesh/errors';
import type { RedisClient } from './connect-redis.js';

/**
 * Waits until the connection can take commands.
 *
 * @throws MeshError QUEUE_UNAVAILABLE when it is not ready after `timeoutMs`, or was closed
 */
export async function whenReady(redis: RedisClient, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  if (redis.status === 'end') throw new MeshError('QUEUE_UNAVAILABLE', 'the connection to Redis is closed');
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: MeshError): void => {
      clearTimeout(timer);
      redis.off('ready', onReady).off('end', onEnd);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onReady = (): void => {
      settle();
    };
    const onEnd = (): void => {
      settle(new MeshError('QUEUE_UNAVAILABLE', 'the connection to Redis is closed'));
    };
    const timer = setTimeout(() => {
      settle(new MeshError('QUEUE_UNAVAILABLE', 'Redis does not answer', { retryAfterSeconds: 1 }));
    }, timeoutMs);
    redis.on('ready', onReady).on('end', onEnd);
  });
}
