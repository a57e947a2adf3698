import { createHash } from 'node:crypto';
import type { FileFacts } from './file-format.js';
import { FormatProbe } from './format-probe.js';

export interface LookedOver extends FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Passes a file's bytes on, and tells at their end what they are. */
export async function* lookOver(
  path: string,
  sizeBytes: number,
  body: AsyncIterable<Buffer>,
  done: (file: LookedOver) => void,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  const probe = new FormatProbe(path, sizeBytes);
  let seenBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    probe.push(chunk);
    seenBytes += chunk.byteLength;
    yield chunk;
  }
  done({ path, sizeBytes: seenBytes, sha256: hash.digest('hex'), ...probe.facts });
}
