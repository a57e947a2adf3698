import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checksumAlgorithms, createChecksum, type ChecksumAlgorithm } from './checksum.js';

// The check values of the CRC catalogue and of the SHA standards.
const checkValues: readonly (readonly [ChecksumAlgorithm, string, string])[] = [
  ['crc32', '123456789', 'cbf43926'],
  ['crc32c', '123456789', 'e3069283'],
  ['crc64nvme', '123456789', 'ae8b14860a799888'],
  ['sha1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
];

function digest(algorithm: ChecksumAlgorithm, ...pieces: readonly Uint8Array[]): string {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return Buffer.from(checksum.digestBase64(), 'base64').toString('hex');
}

describe('checksums', () => {
  it.each(checkValues)('%s of %j', (algorithm, text, expected) => {
    expect(digest(algorithm, Buffer.from(text))).toBe(expected);
  });

  it.each(checksumAlgorithms)('%s does not depend on the pieces', (algorithm) => {
    const bytes = randomBytes(10_000);
    expect(digest(algorithm, bytes.subarray(0, 1), bytes.subarray(1, 7000), bytes.subarray(7000))).toBe(
      digest(algorithm, bytes),
    );
  });
});
