import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toMeshError } from '@infermesh/errors';
import type { MediaTools } from '@infermesh/media';
import type { Logger, Metrics } from '@infermesh/telemetry';
import type { Admission } from './admission.js';

export interface MediaWorkParts {
  readonly tools: MediaTools;
  readonly admission: Admission;
  readonly scratchFolder: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Waits for a slot; `folder` makes a folder for what is too large to be held, which goes with the call. */
export async function doMediaWork<Result>(
  { admission, scratchFolder, metrics }: MediaWorkParts,
  kind: 'probe' | 'image' | 'audio' | 'video',
  { signal }: { readonly signal: AbortSignal },
  run: (folder: () => Promise<string>) => Promise<Result>,
): Promise<Result> {
  const durations = metrics.duration({
    name: 'mesh_media_duration_seconds',
    help: 'Probing or converting one file, without the wait for a slot',
    labels: ['kind', 'outcome'],
  });
  return admission.run(signal, async () => {
    const ended = durations.startTimer({ kind });
    let made: string | undefined;
    try {
      const result = await run(async () => (made ??= await mkdtemp(join(scratchFolder, 'media-'))));
      ended({ outcome: 'succeeded' });
      return result;
    } catch (error) {
      ended({ outcome: toMeshError(error).code });
      throw error;
    } finally {
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    }
  });
}
