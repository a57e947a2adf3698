import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { ApiError, ConnectionError } from '../errors.js';
import { systemCode } from '../system-code.js';

/** A piece of a file on disk. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly sizeBytes: number;
}

export interface PutOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that went out since the last call; negative when a try has failed and its bytes go again. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const maxTries = 5;
const silenceMs = 60_000;

function readPart({ path, start, sizeBytes }: FilePart): NodeJS.ReadableStream & AsyncIterable<Buffer> {
  return createReadStream(path, {
    start,
    end: Math.max(start, start + sizeBytes - 1),
    highWaterMark: 256 * 1024,
  }) as NodeJS.ReadableStream & AsyncIterable<Buffer>;
}

/** Lower-case hex, as object stores tag plain parts. */
export async function md5OfPart(part: FilePart): Promise<string> {
  const hash = createHash('md5');
  if (part.sizeBytes > 0) for await (const chunk of readPart(part)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Streams a piece of a file to a presigned URL, again when the connection breaks or the store is busy. Never more than a few hundred
 * KiB of it are in memory.
 *
 * @returns the tag of the part
 * @throws ApiError (403: the URL has expired), ConnectionError, or the signal's reason
 */
export async function putPart(url: string, part: FilePart, options: PutOptions = {}): Promise<string> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    let sentBytes = 0;
    try {
      return await putOnce(url, part, options.signal, (bytes) => {
        sentBytes += bytes;
        options.onBytes?.(bytes);
      });
    } catch (error) {
      options.onBytes?.(-sentBytes);
      options.signal?.throwIfAborted();
      const mayPass = error instanceof ConnectionError || (error instanceof ApiError && error.status >= 500);
      if (!mayPass || tryNumber === maxTries) throw error;
      await sleep(200 * 2 ** tryNumber * (0.5 + Math.random() / 2), undefined, { signal: options.signal }).catch(
        (aborted: unknown) => {
          options.signal?.throwIfAborted();
          throw aborted;
        },
      );
    }
  }
}

async function putOnce(
  url: string,
  part: FilePart,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const answer = await exchange(url, part, signal, onBytes).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new ConnectionError(
      `a part could not be sent to ${new URL(url).host}: ${systemCode(cause) ?? 'the connection broke'}`,
      'Run the same command again: it goes on where it was broken off.',
      { cause },
    );
  });
  const { etag } = answer.headers;
  if (answer.statusCode === 200 && etag !== undefined) return etag;
  throw new ApiError({
    status: answer.statusCode ?? 0,
    message: `the object store answered ${answer.statusCode ?? 0} to a part`,
    hint: 'Run the same command again: it goes on where it was broken off.',
  });
}

async function exchange(
  url: string,
  part: FilePart,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const request = send(url, { method: 'PUT', headers: { 'content-length': part.sizeBytes }, timeout: silenceMs });
  request.once('timeout', () => request.destroy(new Error('no answer')));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  answered.catch(() => undefined); // the pipeline says it as well
  if (part.sizeBytes === 0) request.end();
  else await pipeline(readPart(part), counted(onBytes), request, signal === undefined ? {} : { signal });
  const answer = await answered;
  await text(answer);
  return answer;
}

function counted(onBytes: (bytes: number) => void): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    for await (const chunk of source) {
      yield chunk;
      onBytes(chunk.byteLength);
    }
  };
}
