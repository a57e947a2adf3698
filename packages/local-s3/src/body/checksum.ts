import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCrcTable } from './crc-tables.js';

export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return checksumAlgorithms.includes(name as ChecksumAlgorithm);
}

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** As S3 writes it in headers. */
  digestBase64(): string;
}

function createSha(algorithm: 'sha1' | 'sha256'): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => hash.update(bytes), digestBase64: () => hash.digest('base64') };
}

function createCrc32(): Checksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digestBase64: () => wordsToBase64(value),
  };
}

function wordsToBase64(...words: readonly number[]): string {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => bytes.writeInt32BE(word | 0, 4 * index));
  return bytes.toString('base64');
}

const castagnoli = createCrcTable(0x82f63b78n);
const nvme = createCrcTable(0x9a6c9329ac4bc9b5n);

function createCrc32c(): Checksum {
  const table = castagnoli.low;
  let value = -1;
  return {
    update: (bytes) => {
      let crc = value;
      for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
      value = crc;
    },
    digestBase64: () => wordsToBase64(~value),
  };
}

function createCrc64Nvme(): Checksum {
  const { low: lowTable, high: highTable } = nvme;
  let low = -1;
  let high = -1;
  return {
    update: (bytes) => {
      let crcLow = low;
      let crcHigh = high;
      for (const byte of bytes) {
        const index = (crcLow ^ byte) & 0xff;
        crcLow = (lowTable[index] ?? 0) ^ ((crcLow >>> 8) | (crcHigh << 24));
        crcHigh = (highTable[index] ?? 0) ^ (crcHigh >>> 8);
      }
      low = crcLow;
      high = crcHigh;
    },
    digestBase64: () => wordsToBase64(~high, ~low),
  };
}

/** The CRCs without native help take about 3 ms a MiB. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'crc32':
      return createCrc32();
    case 'crc32c':
      return createCrc32c();
    case 'crc64nvme':
      return createCrc64Nvme();
    case 'sha1':
    case 'sha256':
      return createSha(algorithm);
  }
}
