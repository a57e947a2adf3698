import { createHash, timingSafeEqual } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import { S3Error } from '../s3-error.js';
import type { SignatureClaim } from './signature-claim.js';

const emptyHash = createHash('sha256').digest('hex');

/** Checks the chain of signatures in a signed `aws-chunked` body: each covers its chunk and the signature before it. */
export class ChunkVerifier {
  readonly #signer: SignatureV4;
  readonly #claim: SignatureClaim;
  #previous: string;

  constructor(signer: SignatureV4, claim: SignatureClaim) {
    this.#signer = signer;
    this.#claim = claim;
    this.#previous = claim.signature;
  }

  async verifyChunk(signature: string, chunkHash: string): Promise<void> {
    await this.#verify('AWS4-HMAC-SHA256-PAYLOAD', [emptyHash, chunkHash], signature);
  }

  /** @param trailer the trailing headers as `name:value` lines, each ended by a line feed */
  async verifyTrailer(signature: string, trailer: string): Promise<void> {
    await this.#verify('AWS4-HMAC-SHA256-TRAILER', [createHash('sha256').update(trailer).digest('hex')], signature);
  }

  async #verify(kind: string, hashes: readonly string[], signature: string): Promise<void> {
    const { signedAt, region } = this.#claim;
    const date = signedAt.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
    const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
    const stringToSign = [kind, date, scope, this.#previous, ...hashes].join('\n');
    const expected = await this.#signer.sign(stringToSign, { signingDate: signedAt });
    if (signature.length !== expected.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) {
      throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk does not match.');
    }
    this.#previous = expected;
  }
}
