import type { performJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { HandlerContext } from '@infermesh/job-queue';
import type { z } from 'zod';
import type { CheckpointCache } from './checkpoints/checkpoint-cache.js';
import type { EmptyFolders } from './empty-folders.js';
import type { JobRunner } from './job-runner.js';

interface Parts {
  readonly runner: JobRunner;
  readonly cache: CheckpointCache;
  readonly folders: EmptyFolders;
}

/** An attached job: no record, no commit; whoever waits gets the small result or the error. */
export async function performAttached(
  { runner, cache, folders }: Parts,
  { jobType, inputs, checkpoints }: z.output<typeof performJob.request>,
  { jobId, signal, deadlineAt = Number.MAX_SAFE_INTEGER }: HandlerContext,
): Promise<z.input<typeof performJob.response>> {
  const outputFolder = await folders.lend();
  let hasEnded = false;
  try {
    const files = await Promise.all(
      checkpoints.map(async (checkpoint) => ({ ...checkpoint, path: await cache.get(checkpoint, signal) })),
    );
    const { outputs, result } = await runner.run(
      { jobId, jobType, inputs, payloadPath: null, outputFolder, checkpoints: files, missingCheckpoints: {} },
      { signal, deadlineAt, onProgress: () => undefined },
    );
    hasEnded = true;
    if (outputs.length > 0)
      throw new MeshError('BAD_REQUEST', `jobs of type ${jobType} write files: send them as durable jobs`);
    return { result: JSON.parse(JSON.stringify(result)) as Record<string, never> };
  } finally {
    await (hasEnded ? folders.takeBack(outputFolder) : folders.remove(outputFolder));
  }
}
