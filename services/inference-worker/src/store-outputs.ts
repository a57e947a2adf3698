import { grantOutputs, type JobClaim } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { askDispatcher } from './ask-dispatcher.js';
import type { AttemptParts } from './attempt-parts.js';
import type { DescribedOutput } from './describe-output.js';
import { uploadFile } from './upload-file.js';

/** What the record keeps of an output. */
export interface OutputFacts {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
}

export function factsOf({ name, sizeBytes, sha256, mediaType }: DescribedOutput): OutputFacts {
  return { name, sizeBytes, sha256, mediaType };
}

/**
 * Uploads an attempt's outputs. PUT URLs are asked for when the bytes exist, so that length and digest are part of their signature.
 *
 * @throws MeshError STALE_CLAIM, STORAGE_UNAVAILABLE, and as `JobQueue.call` does
 */
export async function storeOutputs(
  parts: AttemptParts,
  { jobId, epoch }: JobClaim,
  outputs: readonly DescribedOutput[],
  signal: AbortSignal,
): Promise<void> {
  if (outputs.length === 0) return;
  const { puts } = await askDispatcher(parts, grantOutputs, { jobId, epoch, outputs: outputs.map(factsOf) });
  const putByName = new Map(puts.map((put) => [put.name, put]));
  await Promise.all(
    outputs.map(async ({ name, path, sizeBytes, bytes }) => {
      const put = putByName.get(name);
      if (put === undefined) throw new MeshError('INTERNAL', `no URL was granted for output ${name}`);
      await uploadFile(parts.connections, { url: put.url, headers: put.headers, path, sizeBytes, bytes, signal });
    }),
  );
}
