import { MeshError } from '@infermesh/errors';
import type { OutboundAnswer } from '@infermesh/outbound';
import type { StoreParts } from '../parts.js';
import type { KeptUpload } from './kept-upload.js';

/** The file on its way; with `kept` what follows after that. */
export interface Source extends AsyncDisposable {
  readonly answer: OutboundAnswer;
  readonly kept: KeptUpload | undefined;
}

/**
 * Asks for a file, or for the rest of it (RFC 9110, 13.1.5 and 14.2). A server that sends the whole all the same, or whose file is
 * another one by now, is listened to from the beginning.
 *
 * @throws MeshError OUTBOUND_FAILED, OUTBOUND_REFUSED, DEADLINE_EXCEEDED; BAD_REQUEST for what the server answers for good
 */
export async function openSource(
  parts: StoreParts,
  url: string,
  kept: KeptUpload | undefined,
  signal: AbortSignal,
): Promise<Source> {
  if (kept === undefined) return toSource(checkWhole(await ask(parts, url, {}, signal)), undefined);
  const headers = { range: `bytes=${kept.receivedBytes}-`, 'if-range': kept.etag };
  const answer = await ask(parts, url, headers, signal);
  if (isRestOf(kept, answer)) return toSource(answer, kept);
  if (answer.status !== 206 && answer.status !== 416) return toSource(checkWhole(answer), undefined);
  await answer[Symbol.asyncDispose]();
  return openSource(parts, url, undefined, signal);
}

function ask(
  { outbound, settings }: StoreParts,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const { maxBytes, importTimeoutMs: timeoutMs } = settings;
  return outbound.fetch(url, { headers, maxBytes, timeoutMs, signal });
}

function isRestOf({ receivedBytes, etag }: KeptUpload, { status, headers }: OutboundAnswer): boolean {
  const begins = headers['content-range']?.startsWith(`bytes ${receivedBytes}-`) ?? false;
  return status === 206 && begins && headers['etag'] === etag;
}

function checkWhole(answer: OutboundAnswer): OutboundAnswer {
  const { status, url } = answer;
  if (status === 200) return answer;
  const { host } = new URL(url);
  const mayPass = status >= 500 || status === 429 || status === 408;
  void answer[Symbol.asyncDispose]();
  throw new MeshError(mayPass ? 'OUTBOUND_FAILED' : 'BAD_REQUEST', `${host} answered ${status} instead of the file`);
}

function toSource(answer: OutboundAnswer, kept: KeptUpload | undefined): Source {
  return { answer, kept, [Symbol.asyncDispose]: () => answer[Symbol.asyncDispose]() };
}
