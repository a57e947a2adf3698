import type { createJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';

type Upload = NonNullable<z.output<typeof createJob.response>['upload']>;

/**
 * From 1.5 on the payload may come as a text inside the request. As uploads, it may hold what Python writes and JSON does not know.
 *
 * @throws MeshError BAD_REQUEST in ESD's words; PAYLOAD_TOO_LARGE
 */
export function checkPayloadText(text: string, maxBytes: number): void {
  if (!isJson(text) && !isJson(withoutPythonNumbers(text)))
    throw new MeshError('BAD_REQUEST', 'payload_string must be valid json string', { field: 'payload_string' });
  if (Buffer.byteLength(text) > maxBytes)
    throw new MeshError('PAYLOAD_TOO_LARGE', `payload_string may have ${maxBytes} bytes`, { field: 'payload_string' });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Bare `Infinity` and `NaN` as 0; the worker judges them. Strings are passed over whole. */
function withoutPythonNumbers(text: string): string {
  return text.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|-?Infinity|NaN/gsu, (_, string: string | undefined) => string ?? '0');
}

/** Puts the payload where a client would have. @throws MeshError STORAGE_UNAVAILABLE */
export async function uploadPayload({ url, headers }: Upload, text: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers, body: text, signal, redirect: 'error' }).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      throw new MeshError('STORAGE_UNAVAILABLE', 'the object store did not take the payload', { cause });
    },
  );
  await answer.body?.cancel();
  if (!answer.ok) throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.status}`);
}
