import { open, stat } from 'node:fs/promises';
import { sniffLengthBytes } from './sniff-format.js';

/** Encoded bytes, or the path of a file that holds them. */
export type MediaInput = Uint8Array | string;

/** The first bytes of the input, for sniffing. */
export async function readHead(input: MediaInput): Promise<Uint8Array> {
  if (typeof input !== 'string') return input.subarray(0, sniffLengthBytes);
  const file = await open(input);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(sniffLengthBytes), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function inputSizeBytes(input: MediaInput): Promise<number> {
  return typeof input === 'string' ? (await stat(input)).size : input.byteLength;
}
