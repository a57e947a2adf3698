import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { partSizeBytes, splitIntoParts } from './part-sizes.js';

const mebibyte = 1024 * 1024;

async function sizesOf(...chunkBytes: number[]): Promise<number[]> {
  const stream = Readable.from(
    chunkBytes.map((sizeBytes) => Buffer.alloc(sizeBytes)),
    { objectMode: false },
  );
  const sizes: number[] = [];
  for await (const part of splitIntoParts(stream)) sizes.push(part.byteLength);
  return sizes;
}

describe('parts', () => {
  it('reach the 5 TiB of S3 within its 10,000 parts', () => {
    let totalBytes = 0;
    for (let partNumber = 1; partNumber <= 10_000; partNumber += 1) totalBytes += partSizeBytes(partNumber);
    expect(totalBytes).toBeGreaterThan(5 * 1024 ** 4);
    expect(partSizeBytes(10_000)).toBeLessThanOrEqual(5 * 1024 ** 3);
    expect(partSizeBytes(1)).toBe(8 * mebibyte);
  });

  it('have their exact size however the chunks fall', async () => {
    expect(await sizesOf()).toEqual([]);
    expect(await sizesOf(1)).toEqual([1]);
    expect(await sizesOf(8 * mebibyte)).toEqual([8 * mebibyte]);
    expect(await sizesOf(5 * mebibyte, 3 * mebibyte + 1)).toEqual([8 * mebibyte, 1]);
    expect(await sizesOf(20 * mebibyte)).toEqual([8 * mebibyte, 8 * mebibyte, 4 * mebibyte]);
  });
});
