import { createHash } from 'node:crypto';
import { S3Error } from '../s3-error.js';
import { isSameSignature } from './is-same-signature.js';
import type { RequestSigner } from './request-signer.js';
import type { SignatureClaim } from './signature-claim.js';

const emptyHash = createHash('sha256').digest('hex');

/** Checks the chain of signatures in a signed `aws-chunked` body: each covers its chunk and the signature before it. */
export class ChunkVerifier {
  readonly #signer: RequestSigner;
  readonly #claim: SignatureClaim;
  #previous: string;

  constructor(signer: RequestSigner, claim: SignatureClaim) {
    this.#signer = signer;
    this.#claim = claim;
    this.#previous = claim.signature;
  }

  /** @throws S3Error SignatureDoesNotMatch */
  verifyChunk(signature: string, chunkHash: string): void {
    this.#verify('AWS4-HMAC-SHA256-PAYLOAD', [emptyHash, chunkHash], signature);
  }

  /**
   * @param trailer the trailing headers as `name:value` lines, each ended by a line feed
   * @throws S3Error SignatureDoesNotMatch
   */
  verifyTrailer(signature: string, trailer: string): void {
    this.#verify('AWS4-HMAC-SHA256-TRAILER', [createHash('sha256').update(trailer).digest('hex')], signature);
  }

  #verify(kind: string, hashes: readonly string[], signature: string): void {
    const expected = this.#signer.signText(kind, this.#claim, [this.#previous, ...hashes]);
    if (!isSameSignature(signature, expected))
      throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk does not match.');
    this.#previous = expected;
  }
}
