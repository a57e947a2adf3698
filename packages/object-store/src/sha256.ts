import { createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';

const sliceBytes = 1024 * 1024;

/** Takes the bytes in slices of 1 MiB (about 1 ms each), so that the event loop stays free. */
export async function updateHash(hash: Hash, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.byteLength; start += sliceBytes) {
    if (start > 0) await nextTurn();
    hash.update(bytes.subarray(start, start + sliceBytes));
  }
}

export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  await updateHash(hash, bytes);
  return hash.digest('hex');
}

/** S3 writes checksums in base64. @throws MeshError BAD_REQUEST when it is not a SHA-256 in hex */
export function sha256HexToBase64(hex: string): string {
  if (!/^[0-9a-f]{64}$/iu.test(hex))
    throw new MeshError('BAD_REQUEST', 'sha256 must be 64 hex digits', { field: 'sha256' });
  return Buffer.from(hex, 'hex').toString('base64');
}
