import { renewUrls, type JobClaim } from '@infermesh/contracts';
import { askDispatcher } from './ask-dispatcher.js';
import type { AttemptParts } from './attempt-parts.js';

/** A job may have waited longer than its URLs live: there are new ones as long as the claim holds. @throws MeshError STALE_CLAIM */
export async function getFreshUrls(
  parts: AttemptParts,
  { jobId, epoch }: JobClaim,
): Promise<{ payloadUrl: string | null; checkpoints: { id: string; url: string }[] }> {
  return askDispatcher(parts, renewUrls, { jobId, epoch });
}
