import type { EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

/**
 * The endpoint with the fewest unfinished jobs for each job it runs at once; among equals any.
 *
 * @param unfinished jobs of each candidate, in their order
 * @throws MeshError ENDPOINT_NOT_FOUND without a candidate
 */
export function leastLoaded<Candidate extends Pick<EndpointView, 'readyWorkers' | 'slotsPerWorker'>>(
  candidates: readonly Candidate[],
  unfinished: readonly number[],
  random: () => number = Math.random,
): Candidate {
  const loads = candidates.map(
    ({ readyWorkers, slotsPerWorker }, index) => (unfinished[index] ?? 0) / Math.max(readyWorkers * slotsPerWorker, 1),
  );
  const least = Math.min(...loads);
  const equals = candidates.filter((_candidate, index) => loads[index] === least);
  const chosen = equals[Math.floor(random() * equals.length)];
  if (chosen === undefined) throw new MeshError('ENDPOINT_NOT_FOUND', 'there is no endpoint to choose from');
  return chosen;
}
