import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import { ChunkVerifier } from './chunk-verifier.js';
import { isSameSignature } from './is-same-signature.js';
import { RequestSigner, type Credentials } from './request-signer.js';
import { parseSignatureClaim, type SignatureClaim } from './signature-claim.js';

const longestSkewMs = 15 * 60_000;
const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** A request whose signature holds. */
export interface Authenticated {
  /** With the `x-amz-*` values of a presigned query among its headers. */
  readonly request: S3Request;
  /** `x-amz-content-sha256`: a hex digest, UNSIGNED-PAYLOAD, or one of the STREAMING forms. */
  readonly payloadHash: string;
  readonly chunks: ChunkVerifier;
}

function assertTimely(claim: SignatureClaim, nowMs: number): void {
  const ageMs = nowMs - claim.signedAt.getTime();
  if (claim.expiresInSeconds === undefined) {
    if (Math.abs(ageMs) <= longestSkewMs) return;
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
  if (ageMs < -longestSkewMs) throw new S3Error('AccessDenied', 'Request is not valid yet');
  if (ageMs > claim.expiresInSeconds * 1000) throw new S3Error('AccessDenied', 'Request has expired');
}

/** A header outside the signature could be added or changed by whoever holds the URL. */
function assertCovered({ headers }: S3Request, { signedHeaders }: SignatureClaim): void {
  const unsigned = [...headers.keys()].find((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    throw new S3Error('AccessDenied', `There were headers present in the request which were not signed: ${unsigned}`);
  }
}

/** S3 lets a presigned URL carry headers in its query; its signature covers them there. */
function withQueryHeaders(request: S3Request): S3Request {
  const headers = new Map(request.headers);
  for (const [name, value] of request.query) {
    const header = name.toLowerCase();
    if (!header.startsWith('x-amz-')) continue;
    if (headers.has(header) && headers.get(header) !== value) {
      throw new S3Error('InvalidArgument', `${name} has one value in the query and another in the headers.`);
    }
    headers.set(header, value);
  }
  return { ...request, headers };
}

function assertPayloadHash(payloadHash: string | undefined): string {
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return payloadHash;
}

export interface AuthenticatorOptions {
  readonly credentials: readonly Credentials[];
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Proves each request by signing it again, at its own date, and comparing. */
export class Authenticator {
  readonly #signers: ReadonlyMap<string, RequestSigner>;
  readonly #region: string;
  readonly #clock: () => number;

  constructor({ credentials, region, clock }: AuthenticatorOptions) {
    this.#signers = new Map(credentials.map((pair) => [pair.accessKeyId, new RequestSigner(pair)]));
    this.#region = region;
    this.#clock = clock;
  }

  /** @throws S3Error unless the whole request is what a holder of the secret signed */
  authenticate(request: S3Request): Authenticated {
    const claim = parseSignatureClaim(request);
    const signer = this.#signerFor(claim);
    if (request.headers.has('x-amz-security-token') || request.query.has('X-Amz-Security-Token')) {
      throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
    }
    assertTimely(claim, this.#clock());
    assertCovered(request, claim);
    if (!isSameSignature(signer.signRequest(request, claim), claim.signature)) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      );
    }
    const isPresigned = claim.expiresInSeconds !== undefined;
    const proven = isPresigned ? withQueryHeaders(request) : request;
    const payloadHash = proven.headers.get('x-amz-content-sha256') ?? (isPresigned ? unsignedPayload : undefined);
    return { request: proven, payloadHash: assertPayloadHash(payloadHash), chunks: new ChunkVerifier(signer, claim) };
  }

  #signerFor(claim: SignatureClaim): RequestSigner {
    const signer = this.#signers.get(claim.accessKeyId);
    if (signer === undefined) {
      throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
    }
    if (claim.region === this.#region) return signer;
    const code =
      claim.expiresInSeconds === undefined ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError';
    throw new S3Error(code, `the region '${claim.region}' is wrong; expecting '${this.#region}'`);
  }
}
