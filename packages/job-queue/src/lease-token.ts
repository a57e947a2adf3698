import { MeshError } from '@infermesh/errors';
import { z } from 'zod';
import { checkJobId, checkQueueName } from './queue-keys.js';

const parts = z.tuple([z.string(), z.string(), z.string()]);

/** What a lease's token stands for. The lock token is the secret; queue and job say where it fits. */
export interface LeaseTarget {
  readonly queue: string;
  readonly jobId: string;
  readonly lockToken: string;
}

export function encodeLeaseToken({ queue, jobId, lockToken }: LeaseTarget): string {
  return Buffer.from(JSON.stringify([queue, jobId, lockToken])).toString('base64url');
}

/** @throws MeshError STALE_CLAIM for anything that is not a token: it was never ours */
export function decodeLeaseToken(token: string): LeaseTarget {
  try {
    const [queue, jobId, lockToken] = parts.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    checkQueueName(queue);
    checkJobId(jobId);
    return { queue, jobId, lockToken };
  } catch (error) {
    throw new MeshError('STALE_CLAIM', 'the lease is not known', { cause: error });
  }
}
