import type { Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MeshError } from '@infermesh/errors';
import type { ObjectConnections } from './object-connections.js';

export interface Download {
  readonly url: string;
  readonly path: string;
  /** Awaited before the first byte is written, where the folder is being made meanwhile. */
  readonly folderReady?: Promise<unknown>;
  readonly maxBytes: number;
  /** What the bytes are, for messages: `payload`, `checkpoint bicubic`. */
  readonly what: string;
  /** Fed with all bytes, for who wants their digest. */
  readonly hash?: Hash;
  readonly signal: AbortSignal;
}

/** Up to here the file is written at once; of larger ones as much may wait to be written. */
const mostHeldBytes = 256 * 1024;

/**
 * Downloads an object by its presigned URL into a file, which replaces one that is there.
 *
 * @throws MeshError OBJECT_NOT_FOUND, PAYLOAD_TOO_LARGE, FORBIDDEN (the URL has expired), STORAGE_UNAVAILABLE; what the abort of
 *   the signal raises
 */
export async function downloadFile(connections: ObjectConnections, download: Download): Promise<void> {
  const { url, what, signal } = download;
  try {
    const answer = await connections.exchange({ method: 'GET', url, signal, send });
    try {
      await save(answer, download);
    } finally {
      if (!answer.complete) answer.destroy();
    }
  } catch (error) {
    if (error instanceof MeshError || signal.aborted) throw error;
    throw new MeshError('STORAGE_UNAVAILABLE', `the ${what} could not be fetched from the object store`, {
      cause: error,
    });
  }
}

const send: Parameters<ObjectConnections['exchange']>[0]['send'] = (request) => {
  request.end();
  return Promise.resolve();
};

/** A body that ends before its announced length raises an error. */
async function save(answer: IncomingMessage, download: Download): Promise<void> {
  const { path, maxBytes, what, signal } = download;
  if (answer.statusCode !== 200) throw toDownloadError(answer.statusCode ?? 0, what);
  const announcedBytes = Number(answer.headers['content-length'] ?? Infinity);
  if (announcedBytes !== Infinity && announcedBytes > maxBytes) throw tooLarge(download);
  await download.folderReady;
  const measure = createMeasure(download);
  if (announcedBytes > mostHeldBytes) {
    const file = createWriteStream(path, { mode: 0o600, highWaterMark: mostHeldBytes });
    await pipeline(answer, asTransform(measure), file, { signal });
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(measure(chunk));
  await writeFile(path, Buffer.concat(chunks), { mode: 0o600, signal });
}

/** Takes the chunks of a body in order. @throws MeshError PAYLOAD_TOO_LARGE */
function createMeasure(download: Download): (chunk: Buffer) => Buffer {
  let sizeBytes = 0;
  return (chunk) => {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > download.maxBytes) throw tooLarge(download);
    download.hash?.update(chunk);
    return chunk;
  };
}

function asTransform(measure: (chunk: Buffer) => Buffer): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        measure(chunk);
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, chunk);
    },
  });
}

function tooLarge({ what, maxBytes }: Download): MeshError {
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
