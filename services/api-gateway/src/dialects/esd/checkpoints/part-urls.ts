import { signCheckpointParts, type CheckpointAccess } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../../mesh-calls.js';

interface Announced {
  readonly path: string;
  readonly partCount: number;
}

interface Target {
  readonly access: CheckpointAccess;
  readonly id: string;
}

/** The store signs so many in one call. */
const signedAtOnce = 50;
const callsAtOnce = 4;

/** The PUT URLs of all parts of these files, in part order, by file. */
export async function partUrls(
  jobQueue: JobQueue,
  target: Target,
  files: readonly Announced[],
  scope: CallScope,
): Promise<Record<string, string[]>> {
  const wanted = files.flatMap(({ path, partCount }) =>
    Array.from({ length: partCount }, (_, index) => ({ path, first: index + 1, last: index + 1 })),
  );
  const calls = slices(wanted, signedAtOnce).map(
    (ranges) => () => callService(jobQueue, signCheckpointParts, { ...target, ranges }, scope),
  );
  const urls: Record<string, string[]> = Object.fromEntries(files.map(({ path }) => [path, []]));
  for (const group of slices(calls, callsAtOnce)) {
    for (const { parts } of await Promise.all(group.map((call) => call())))
      for (const { path, partNumber, url } of parts) (urls[path] ??= [])[partNumber - 1] = url;
  }
  return urls;
}

export function slices<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
}
