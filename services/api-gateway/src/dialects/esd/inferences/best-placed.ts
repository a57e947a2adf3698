import type { CheckpointRef, EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

/** Loading all checkpoints of a job takes about as long as so many jobs do: some ten seconds, where a picture takes some. */
const coldLoadInJobs = 8;

interface Surroundings {
  /** Jobs of each candidate that have not ended, in their order. */
  readonly unfinished: readonly number[];
  /** What the job needs. */
  readonly checkpoints: readonly Pick<CheckpointRef, 'sha256' | 'sizeBytes'>[];
}

type Candidate = Pick<EndpointView, 'readyWorkers' | 'slotsPerWorker' | 'warmCheckpoints'>;

/**
 * The endpoint with the fewest unfinished jobs for each job it runs at once. What it would have to load first counts as jobs
 * too, by its share of the bytes. Among equals any.
 *
 * @throws MeshError ENDPOINT_NOT_FOUND without a candidate
 */
export function bestPlaced<Endpoint extends Candidate>(
  candidates: readonly Endpoint[],
  { unfinished, checkpoints }: Surroundings,
  random: () => number = Math.random,
): Endpoint {
  const costs = candidates.map(
    (candidate, index) =>
      loadOf(candidate, unfinished[index] ?? 0) + coldLoadInJobs * coldShare(candidate, checkpoints),
  );
  const least = Math.min(...costs);
  const equals = candidates.filter((_candidate, index) => costs[index] === least);
  const chosen = equals[Math.floor(random() * equals.length)];
  if (chosen === undefined) throw new MeshError('ENDPOINT_NOT_FOUND', 'there is no endpoint to choose from');
  return chosen;
}

function loadOf({ readyWorkers, slotsPerWorker }: Candidate, unfinished: number): number {
  return unfinished / Math.max(readyWorkers * slotsPerWorker, 1);
}

/** From 0, all is loaded, to 1. */
function coldShare({ warmCheckpoints }: Candidate, checkpoints: Surroundings['checkpoints']): number {
  const bytesOf = (some: Surroundings['checkpoints']): number =>
    some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const cold = checkpoints.filter(({ sha256 }) => !warmCheckpoints.includes(sha256));
  return cold.length === 0 ? 0 : bytesOf(cold) / Math.max(bytesOf(checkpoints), 1);
}
