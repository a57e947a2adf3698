import type { JobClaim } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { patienceMs, type AttemptParts } from './attempt-parts.js';
import { getFreshUrls } from './fresh-urls.js';
import type { JobInput, MissingCheckpoint } from './job-runner.js';
import { withPatience } from './patience.js';

type ClaimedCheckpoint = JobClaim['checkpoints'][number];

/** A job may bring more checkpoints than it will use: one that cannot be had is the runtime's to judge. */
export async function fetchCheckpoints(
  parts: AttemptParts,
  claim: JobClaim,
  signal: AbortSignal,
): Promise<Pick<JobInput, 'checkpoints' | 'missingCheckpoints'>> {
  const missingCheckpoints: Record<string, MissingCheckpoint> = {};
  const fetching = claim.checkpoints.map(async (checkpoint) => {
    try {
      const path = await withPatience(() => fetchOne(parts, claim, checkpoint, signal), { patienceMs, signal });
      return { ...checkpoint, path };
    } catch (error) {
      if (!(error instanceof MeshError) || signal.aborted) throw error;
      missingCheckpoints[checkpoint.name] = { code: error.code, message: error.message };
      return undefined;
    }
  });
  const checkpoints = (await Promise.all(fetching)).filter((checkpoint) => checkpoint !== undefined);
  return { checkpoints, missingCheckpoints };
}

async function fetchOne(
  parts: AttemptParts,
  claim: JobClaim,
  checkpoint: ClaimedCheckpoint,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await parts.cache.get(checkpoint, signal);
  } catch (error) {
    if (!(error instanceof MeshError && error.code === 'FORBIDDEN')) throw error;
    const fresh = await getFreshUrls(parts, claim);
    const url = fresh.checkpoints.find(({ id }) => id === checkpoint.id)?.url ?? checkpoint.url;
    return parts.cache.get({ ...checkpoint, url }, signal);
  }
}
