import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { OutputFile } from './job-runner.js';

export interface DescribedOutput extends OutputFile {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** All of it, where it is small. */
  readonly bytes: Buffer | undefined;
}

/** Of one file: a job has at most a hundred. */
const mostHeldBytes = 256 * 1024;

/** Size and digest of an output; a small one is read only once. */
export async function describeOutput(output: OutputFile): Promise<DescribedOutput> {
  const hash = createHash('sha256');
  await using file = await open(output.path);
  const { size: sizeBytes } = await file.stat();
  if (sizeBytes > mostHeldBytes) {
    await pipeline(createReadStream(output.path), hash);
    return { ...output, sizeBytes, sha256: hash.digest('hex'), bytes: undefined };
  }
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(sizeBytes), 0, sizeBytes, 0);
  const bytes = buffer.subarray(0, bytesRead);
  return { ...output, sizeBytes: bytesRead, sha256: hash.update(bytes).digest('hex'), bytes };
}
