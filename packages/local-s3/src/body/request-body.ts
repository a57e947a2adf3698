import { createHash } from 'node:crypto';
import { S3Error } from '../s3-error.js';
import type { Authenticated } from '../signature/authenticate.js';
import { createChecksum, type ChecksumAlgorithm } from './checksum.js';
import { decodeAwsChunked } from './decode-aws-chunked.js';
import { parseExpectedDigests, type ExpectedChecksum } from './expected-digests.js';

export interface BodyDigests {
  readonly md5Hex: string;
  readonly checksum: BodyChecksum | undefined;
}

export interface BodyChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly value: string;
}

export interface RequestBodyOptions {
  readonly authenticated: Authenticated;
  /** The bytes on the wire. */
  readonly source: AsyncIterable<Buffer>;
  readonly maxBytes: number;
}

export interface ReadOptions {
  /** True where a checksum header speaks of something else than this body: the object that a request completes. */
  readonly ignoresChecksum?: boolean;
}

const streamingForms: Readonly<Record<string, { readonly isSigned: boolean }>> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { isSigned: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { isSigned: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { isSigned: false },
};

function assertEqual(actual: string, expected: string | undefined, error: () => S3Error): void {
  if (expected !== undefined && actual !== expected) throw error();
}

/**
 * The body of one request. Its bytes come out as they arrive; that they were the right ones is known only at the end,
 * where reading it throws S3Error if a length or digest is wrong. Nothing may be kept before that.
 */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  #trailers: ReadonlyMap<string, string> = new Map();
  #digests: BodyDigests | undefined;

  constructor(options: RequestBodyOptions) {
    this.#options = options;
  }

  /** Of the body once read to its end. */
  get digests(): BodyDigests {
    if (this.#digests === undefined) throw new Error('the body was not read to its end');
    return this.#digests;
  }

  /** @throws S3Error MissingContentLength, EntityTooLarge, before anything is read */
  get sizeBytes(): number {
    const { headers } = this.#options.authenticated.request;
    const text = headers.get(this.#streaming === undefined ? 'content-length' : 'x-amz-decoded-content-length');
    if (text === undefined)
      throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
    const sizeBytes = /^\d{1,15}$/u.test(text) ? Number(text) : NaN;
    if (Number.isNaN(sizeBytes)) throw new S3Error('InvalidArgument', 'The length of the body is not a number.');
    if (sizeBytes > this.#options.maxBytes) {
      throw new S3Error(
        'EntityTooLarge',
        `Your proposed upload exceeds the maximum allowed size of ${String(this.#options.maxBytes)} bytes`,
      );
    }
    return sizeBytes;
  }

  /** The bytes of the object, whatever coding they travel in. */
  async *read({ ignoresChecksum = false }: ReadOptions = {}): AsyncGenerator<Buffer> {
    const { sizeBytes } = this;
    const { md5: expectedMd5, checksum: announced } = parseExpectedDigests(this.#options.authenticated.request);
    const expectedChecksum = ignoresChecksum ? undefined : announced;
    const md5 = createHash('md5');
    const sha256 = this.#isHashed ? createHash('sha256') : undefined;
    const checksum = expectedChecksum === undefined ? undefined : createChecksum(expectedChecksum.algorithm);
    let readBytes = 0;
    for await (const chunk of this.#decode()) {
      readBytes += chunk.byteLength;
      if (readBytes > sizeBytes) break;
      md5.update(chunk);
      sha256?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    if (readBytes !== sizeBytes)
      throw new S3Error('IncompleteBody', 'The body does not have the length announced in its header.');
    this.#assertSha256(sha256?.digest('hex'));
    const md5Hash = md5.digest();
    assertEqual(md5Hash.toString('base64'), expectedMd5, () => badDigest('Content-MD5'));
    this.#digests = {
      md5Hex: md5Hash.toString('hex'),
      checksum:
        expectedChecksum === undefined || checksum === undefined
          ? undefined
          : this.#checkChecksum(expectedChecksum, checksum.digestBase64()),
    };
  }

  /** A small body as text, for requests in XML. */
  async readText(maxBytes: number, options: ReadOptions = {}): Promise<string> {
    if (this.sizeBytes > maxBytes) throw new S3Error('MalformedXML', 'The XML you provided is too long');
    const chunks: Buffer[] = [];
    for await (const chunk of this.read(options)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  get #streaming(): { readonly isSigned: boolean } | undefined {
    const { payloadHash } = this.#options.authenticated;
    return Object.hasOwn(streamingForms, payloadHash) ? streamingForms[payloadHash] : undefined;
  }

  get #isHashed(): boolean {
    const { payloadHash } = this.#options.authenticated;
    if (this.#streaming !== undefined || payloadHash === 'UNSIGNED-PAYLOAD') return false;
    if (/^[0-9a-f]{64}$/u.test(payloadHash)) return true;
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING form that is implemented, or a valid sha256 value.',
    );
  }

  #decode(): AsyncIterable<Buffer> {
    const { source, authenticated } = this.#options;
    if (this.#streaming === undefined) return source;
    return decodeAwsChunked(source, {
      verifier: this.#streaming.isSigned ? authenticated.chunks : undefined,
      onTrailers: (trailers) => {
        this.#trailers = trailers;
      },
    });
  }

  #assertSha256(actual: string | undefined): void {
    if (actual === undefined) return;
    assertEqual(
      actual,
      this.#options.authenticated.payloadHash,
      () =>
        new S3Error(
          'XAmzContentSHA256Mismatch',
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
    );
  }

  #checkChecksum({ algorithm, value: inHeader }: ExpectedChecksum, value: string): BodyChecksum {
    const expected = inHeader ?? this.#trailers.get(`x-amz-checksum-${algorithm}`);
    if (expected === undefined) {
      throw new S3Error('InvalidRequest', 'The checksum announced in x-amz-trailer did not follow.');
    }
    assertEqual(value, expected, () => badDigest(algorithm.toUpperCase()));
    return { algorithm, value };
  }
}

function badDigest(name: string): S3Error {
  return new S3Error('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
}
