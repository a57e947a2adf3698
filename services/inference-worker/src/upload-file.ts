import { createReadStream } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { MeshError } from '@infermesh/errors';
import type { ObjectConnections } from './object-connections.js';

export interface Upload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly sizeBytes: number;
  /** All of the file, where it is small; else it is read from its path. */
  readonly bytes?: Buffer | undefined;
  readonly signal: AbortSignal;
}

/** PUTs a file to a presigned URL. @throws MeshError STORAGE_UNAVAILABLE, with the status the store answered */
export async function uploadFile(connections: ObjectConnections, upload: Upload): Promise<void> {
  const { url, sizeBytes, signal } = upload;
  try {
    const answer = await connections.exchange({
      method: 'PUT',
      url,
      headers: { ...upload.headers, 'content-length': sizeBytes }, // which the URL's signature covers
      send: (request) => send(request, upload),
      signal,
    });
    if (answer.statusCode !== 200) {
      answer.destroy(); // and what is still being sent
      throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.statusCode ?? 0} to an output`);
    }
    answer.resume();
  } catch (error) {
    if (error instanceof MeshError || signal.aborted) throw error;
    throw new MeshError('STORAGE_UNAVAILABLE', 'an output could not be stored', { cause: error });
  }
}

/** No byte more than was announced, should the file grow: the store would take it for the next request on the connection. */
async function send(request: ClientRequest, { path, sizeBytes, bytes }: Upload): Promise<void> {
  if (bytes === undefined) await pipeline(createReadStream(path, { end: sizeBytes - 1 }), request);
  else request.end(bytes);
}
