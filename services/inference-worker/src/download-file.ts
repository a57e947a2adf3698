import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MeshError } from '@infermesh/errors';

export interface Download {
  readonly url: string;
  readonly path: string;
  readonly maxBytes: number;
  /** What the bytes are, for messages: `payload`, `checkpoint bicubic`. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/**
 * Streams an object by its presigned URL into a file.
 *
 * @returns size and lower-case hex SHA-256 of what was written
 * @throws MeshError OBJECT_NOT_FOUND, PAYLOAD_TOO_LARGE, FORBIDDEN (the URL has expired), STORAGE_UNAVAILABLE
 */
export async function downloadFile({
  url,
  path,
  maxBytes,
  what,
  signal,
}: Download): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) {
        done(tooLarge(what, maxBytes));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const answer = await fetch(url, { signal, redirect: 'error' });
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      throw toDownloadError(answer.status, what);
    }
    if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) {
      await answer.body.cancel();
      throw tooLarge(what, maxBytes);
    }
    await pipeline(Readable.fromWeb(answer.body), meter, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (error) {
    if (error instanceof MeshError || signal.aborted) throw error;
    throw new MeshError('STORAGE_UNAVAILABLE', `the ${what} could not be fetched from the object store`, {
      cause: error,
    });
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function tooLarge(what: string, maxBytes: number): MeshError {
  return new MeshError(
    'PAYLOAD_TOO_LARGE',
    `the ${what} is larger than the ${maxBytes} bytes allowed: send a smaller one`,
  );
}

function toDownloadError(status: number, what: string): MeshError {
  if (status === 404) return new MeshError('OBJECT_NOT_FOUND', `the ${what} was never uploaded`);
  if (status === 403) return new MeshError('FORBIDDEN', `the URL of the ${what} has expired`);
  return new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${status} for the ${what}`);
}
