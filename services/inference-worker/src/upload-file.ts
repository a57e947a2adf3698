import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { MeshError } from '@infermesh/errors';

export interface Upload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

/** Without a byte in either direction. */
const idleTimeoutMs = 60_000;

/** PUTs a file to a presigned URL. @throws MeshError STORAGE_UNAVAILABLE, with the status the store answered */
export async function uploadFile({ url, headers, path, sizeBytes, signal }: Upload): Promise<void> {
  // Not fetch: a stream body needs its exact Content-Length, which the URL's signature covers.
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    method: 'PUT',
    headers: { ...headers, 'content-length': sizeBytes },
    signal,
    timeout: idleTimeoutMs,
  });
  request.once('timeout', () => request.destroy(new Error(`no byte went for ${idleTimeoutMs} ms`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  try {
    const [answer] = await Promise.all([answered, pipeline(createReadStream(path), request)]);
    answer.resume();
    if (answer.statusCode !== 200)
      throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.statusCode ?? 0} to an output`);
  } catch (error) {
    if (error instanceof MeshError || signal.aborted) throw error;
    throw new MeshError('STORAGE_UNAVAILABLE', 'an output could not be stored', { cause: error });
  }
}
