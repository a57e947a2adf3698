import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ByteRange, ObjectContent } from './object-store.js';
import type { ProgressDeadline } from './progress-deadline.js';
import { callFailure, openDeadline, orAbort, type BucketAccess, type StorageCall } from './storage-call.js';

export interface GetOptions {
  readonly signal: AbortSignal;
  readonly range?: ByteRange;
}

function rangeHeader({ startByte, endByte }: ByteRange): string {
  return `bytes=${String(startByte)}-${endByte === undefined ? '' : String(endByte)}`;
}

/** Passes the bytes on. The deadline counts while the server is waited for and rests while the reader takes its time. */
async function* watched(
  source: Readable,
  deadline: ProgressDeadline,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    deadline.restart();
    for await (const chunk of source as AsyncIterable<Buffer>) {
      deadline.pause();
      yield chunk;
      deadline.restart();
    }
  } catch (error) {
    throw failure(error);
  } finally {
    deadline[Symbol.dispose]();
  }
}

function watchBody(source: Readable, deadline: ProgressDeadline, failure: (error: unknown) => unknown): Readable {
  const body = Readable.from(watched(source, deadline, failure), { objectMode: false });
  const stop = (): void => {
    source.destroy();
    body.destroy(deadline.signal.reason as Error);
  };
  deadline.signal.addEventListener('abort', stop, { once: true });
  body.once('close', () => {
    deadline[Symbol.dispose]();
    source.destroy();
  });
  return body;
}

function contentOf(answer: GetObjectCommandOutput, body: Readable): ObjectContent {
  return {
    body,
    sizeBytes: answer.ContentLength ?? 0,
    contentType: answer.ContentType ?? 'application/octet-stream',
    etag: answer.ETag ?? '',
  };
}

export async function getObject(access: BucketAccess, key: string, options: GetOptions): Promise<ObjectContent> {
  const call: StorageCall = { verb: 'get', key, signal: options.signal };
  const command = new GetObjectCommand({
    Bucket: access.bucket,
    Key: key,
    ...(options.range === undefined ? {} : { Range: rangeHeader(options.range) }),
  });
  const deadline = openDeadline(access, call);
  const failure = (error: unknown): unknown => callFailure(access, call, deadline, error);
  try {
    const answer = await orAbort(access.client.send(command, { abortSignal: deadline.signal }), deadline.signal);
    if (!(answer.Body instanceof Readable)) throw new Error('the answer has no body');
    deadline.pause();
    return contentOf(answer, watchBody(answer.Body, deadline, failure));
  } catch (error) {
    deadline[Symbol.dispose]();
    throw failure(error);
  }
}
