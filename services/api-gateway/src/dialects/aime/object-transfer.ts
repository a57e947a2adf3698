import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { finished } from 'node:stream/promises';
import { MeshError } from '@infermesh/errors';

interface Sent {
  readonly method: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Bytes to a presigned URL. @throws MeshError STORAGE_UNAVAILABLE; the signal's reason */
export async function putObject(
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const sized = { ...headers, 'content-length': String(bytes.byteLength) };
  // To its end: only then is the connection free for the next.
  await exchange(url, { method: 'PUT', headers: sized, body: bytes }, signal, (answer) => finished(answer.resume()));
}

/** Bytes from a presigned URL. @throws MeshError STORAGE_UNAVAILABLE; PAYLOAD_TOO_LARGE; the signal's reason */
export async function getObject(url: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  return exchange(url, { method: 'GET', headers: {}, body: null }, signal, (answer) => readWhole(answer, maxBytes));
}

async function readWhole(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(answer.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** Not fetch: for bytes that are all there, node's own client takes half the time. */
async function exchange<Result>(
  url: string,
  sent: Sent,
  signal: AbortSignal,
  read: (answer: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  let answer: IncomingMessage | undefined;
  try {
    signal.throwIfAborted();
    answer = await send(url, sent, signal);
    if (answer.statusCode === 200) return await read(answer);
    throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.statusCode ?? 0}`);
  } catch (error) {
    answer?.destroy();
    if (signal.aborted) throw signal.reason;
    if (error instanceof MeshError) throw error;
    throw new MeshError('STORAGE_UNAVAILABLE', 'the object store does not answer', { cause: error });
  }
}

/**
 * Once more where the store has closed a connection that was kept: both methods may be repeated. On a new one, as a store that was
 * started anew has closed all.
 */
async function send(url: string, sent: Sent, signal: AbortSignal): Promise<IncomingMessage> {
  const kept = url.startsWith('https:') ? agents.https : agents.http;
  const request = open(url, sent, signal, kept);
  try {
    return await answerTo(request, sent);
  } catch (error) {
    if (!request.reusedSocket || signal.aborted) throw error;
    return answerTo(open(url, sent, signal, false), sent);
  }
}

function open(url: string, { method, headers }: Sent, signal: AbortSignal, agent: HttpAgent | false): ClientRequest {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return request(url, { method, headers, signal, agent });
}

function answerTo(request: ClientRequest, { body }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
    request.end(body ?? undefined);
  });
}

function tooLarge(maxBytes: number): MeshError {
  return new MeshError('PAYLOAD_TOO_LARGE', `the stored object is over ${maxBytes} bytes`);
}
