import { MeshError } from '@infermesh/errors';

interface PresignedPut {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws MeshError STORAGE_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED */
export async function uploadBytes(
  { url, headers }: PresignedPut,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { 'content-length': _length, ...sent } = headers; // fetch sets it, from the bytes
  await reach(signal, async () => {
    const answer = await fetch(url, { method: 'PUT', headers: sent, body: bytes, signal, redirect: 'error' });
    await answer.body?.cancel();
    if (!answer.ok)
      throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.status} to the media`);
  });
}

/** @throws MeshError STORAGE_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED */
export async function downloadBytes(
  { url, sizeBytes }: { readonly url: string; readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  return reach(signal, async () => {
    const answer = await fetch(url, { signal, redirect: 'error' });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (!answer.ok || bytes.byteLength !== sizeBytes)
      throw new MeshError('STORAGE_UNAVAILABLE', `the object store answered ${answer.status} for the converted media`);
    return bytes;
  });
}

async function reach<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MeshError) throw error;
    if (!signal.aborted)
      throw new MeshError('STORAGE_UNAVAILABLE', 'the object store does not answer', { cause: error });
    const { reason } = signal as { readonly reason: unknown };
    if (reason instanceof MeshError) throw reason;
    const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
    throw new MeshError(isLate ? 'DEADLINE_EXCEEDED' : 'CANCELLED', 'the media could not be moved in time', {
      cause: error,
    });
  }
}
