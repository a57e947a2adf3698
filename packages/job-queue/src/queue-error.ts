import { MeshError } from '@infermesh/errors';

/** What a failure of Redis means to whoever asked. */
export function toQueueError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  const message = error instanceof Error ? error.message : '';
  if (/NOPERM|can't (access|run)/u.test(message)) {
    return new MeshError('CONFIG_INVALID', 'this user of Redis may not touch that queue', { cause: error });
  }
  return new MeshError('QUEUE_UNAVAILABLE', 'Redis does not answer', { cause: error, retryAfterSeconds: 1 });
}

/** BullMQ: the job is gone, or its lock is gone, another's, or it is no longer active. */
const staleCodes: readonly unknown[] = [-1, -2, -3, -6];

/** True when an attempt to end or prolong a delivery came too late. */
export function isStale(error: unknown): boolean {
  return error instanceof Error && 'code' in error && staleCodes.includes(error.code);
}
