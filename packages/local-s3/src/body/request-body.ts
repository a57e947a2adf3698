import { S3Error } from '../s3-error.js';
import type { Authenticated } from '../signature/authenticate.js';
import { BodyHashes, type BodyDigests } from './body-hashes.js';
import { decodeAwsChunked } from './decode-aws-chunked.js';
import { parseExpectedDigests, type ExpectedDigests } from './expected-digests.js';

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
    const { md5, checksum } = parseExpectedDigests(this.#options.authenticated.request);
    const expected: ExpectedDigests = { md5, checksum: ignoresChecksum ? undefined : checksum, sha256: this.#sha256 };
    const hashes = new BodyHashes(expected);
    let readBytes = 0;
    for await (const chunk of this.#decode()) {
      readBytes += chunk.byteLength;
      if (readBytes > sizeBytes) break;
      hashes.update(chunk);
      yield chunk;
    }
    if (readBytes !== sizeBytes) {
      throw new S3Error('IncompleteBody', 'The body does not have the length announced in its header.');
    }
    this.#digests = hashes.finish(this.#trailers);
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

  /** What the body must hash to, where the client said so. */
  get #sha256(): string | undefined {
    const { payloadHash } = this.#options.authenticated;
    if (this.#streaming !== undefined || payloadHash === 'UNSIGNED-PAYLOAD') return undefined;
    if (/^[0-9a-f]{64}$/u.test(payloadHash)) return payloadHash;
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
}
