import { createHash, type Hash } from 'node:crypto';
import { S3Error } from '../s3-error.js';
import { createChecksum, type Checksum, type ChecksumAlgorithm } from './checksum.js';
import type { ExpectedChecksum, ExpectedDigests } from './expected-digests.js';

export interface BodyDigests {
  readonly md5Hex: string;
  readonly checksum: BodyChecksum | undefined;
}

export interface BodyChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly value: string;
}

function badDigest(name: string): S3Error {
  return new S3Error('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
}

/** Hashes a body as it goes by and compares with what the client announced. */
export class BodyHashes {
  readonly #expected: ExpectedDigests;
  readonly #md5 = createHash('md5');
  readonly #sha256: Hash | undefined;
  readonly #checksum: Checksum | undefined;

  constructor(expected: ExpectedDigests) {
    this.#expected = expected;
    this.#sha256 = expected.sha256 === undefined ? undefined : createHash('sha256');
    this.#checksum = expected.checksum === undefined ? undefined : createChecksum(expected.checksum.algorithm);
  }

  update(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#sha256?.update(chunk);
    this.#checksum?.update(chunk);
  }

  /** @throws S3Error XAmzContentSHA256Mismatch, BadDigest, InvalidRequest for a trailer that is missing */
  finish(trailers: ReadonlyMap<string, string>): BodyDigests {
    const { sha256, md5: expectedMd5, checksum } = this.#expected;
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== sha256) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    const md5 = this.#md5.digest();
    if (expectedMd5 !== undefined && expectedMd5 !== md5.toString('base64')) throw badDigest('Content-MD5');
    return {
      md5Hex: md5.toString('hex'),
      checksum: checksum === undefined ? undefined : this.#finishChecksum(checksum, trailers),
    };
  }

  #finishChecksum(
    { algorithm, value: inHeader }: ExpectedChecksum,
    trailers: ReadonlyMap<string, string>,
  ): BodyChecksum {
    const expected = inHeader ?? trailers.get(`x-amz-checksum-${algorithm}`);
    if (expected === undefined) {
      throw new S3Error('InvalidRequest', 'The checksum announced in x-amz-trailer did not follow.');
    }
    const value = this.#checksum?.digestBase64() ?? '';
    if (value !== expected) throw badDigest(algorithm.toUpperCase());
    return { algorithm, value };
  }
}
