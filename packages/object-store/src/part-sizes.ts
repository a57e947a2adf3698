import type { Readable } from 'node:stream';

const firstPartBytes = 8 * 1024 * 1024;
const partsOfOneSize = 1000;

/** Doubles every 1000 parts, so that 10,000 parts reach the 5 TiB that S3 allows without a length known beforehand. */
export function partSizeBytes(partNumber: number): number {
  return firstPartBytes * 2 ** Math.floor((partNumber - 1) / partsOfOneSize);
}

/** The stream in pieces of exactly `partSizeBytes(n)`, n from `firstPart` on (default 1), the last one shorter. */
export async function* splitIntoParts(stream: Readable, firstPart = 1): AsyncGenerator<Buffer, void> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let partNumber = firstPart;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    let bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    while (pendingBytes + bytes.byteLength >= partSizeBytes(partNumber)) {
      const missingBytes = partSizeBytes(partNumber) - pendingBytes;
      yield Buffer.concat([...pending, bytes.subarray(0, missingBytes)]);
      bytes = bytes.subarray(missingBytes);
      pending = [];
      pendingBytes = 0;
      partNumber += 1;
    }
    if (bytes.byteLength > 0) pending.push(bytes);
    pendingBytes += bytes.byteLength;
  }
  if (pendingBytes > 0) yield Buffer.concat(pending);
}
