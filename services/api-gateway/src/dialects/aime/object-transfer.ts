import { MeshError } from '@infermesh/errors';

/** Bytes to a presigned URL. @throws MeshError STORAGE_UNAVAILABLE; the signal's reason */
export async function putObject(
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const answer = await exchange(url, {
    method: 'PUT',
    headers: { ...headers },
    body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    signal,
  });
  await answer.body?.cancel();
}

/** Bytes from a presigned URL. @throws MeshError STORAGE_UNAVAILABLE; PAYLOAD_TOO_LARGE; the signal's reason */
export async function getObject(url: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const answer = await exchange(url, { method: 'GET', signal });
  if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) {
    await answer.body?.cancel();
    throw new MeshError('PAYLOAD_TOO_LARGE', `the stored object is over ${maxBytes} bytes`);
  }
  try {
    return Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    throw signal.aborted ? signal.reason : unreachable(error);
  }
}

async function exchange(url: string, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, redirect: 'error' });
  } catch (error) {
    if (init.signal.aborted) throw init.signal.reason;
    throw unreachable(error);
  }
  if (answer.status === 200) return answer;
  await answer.body?.cancel();
  throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.status}`);
}

function unreachable(cause: unknown): MeshError {
  return new MeshError('STORAGE_UNAVAILABLE', 'the object store does not answer', { cause });
}
