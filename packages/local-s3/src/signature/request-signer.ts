import { createHash, createHmac } from 'node:crypto';
import { encodeRfc3986, type S3Request } from '../http/s3-request.js';
import type { SignatureClaim } from './signature-claim.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Scope = Pick<SignatureClaim, 'signedAt' | 'region'>;

const algorithm = 'AWS4-HMAC-SHA256';
const emptyHash = sha256('');

/**
 * The signatures that requests would carry, had they been signed with our secret at the date they claim: AWS Signature Version 4,
 * as "Authenticating Requests" of the S3 API reference has it, for the header and for presigned URLs. Each job costs half a dozen
 * of them, and the SDK's signer takes ten times the processor time.
 */
export class RequestSigner {
  readonly #secretAccessKey: string;
  #latest: { readonly scope: string; readonly key: Buffer } = { scope: '', key: Buffer.alloc(0) };

  constructor({ secretAccessKey }: Pick<Credentials, 'secretAccessKey'>) {
    this.#secretAccessKey = secretAccessKey;
  }

  /** 64 hex digits. */
  signRequest(request: S3Request, claim: SignatureClaim): string {
    return this.signText(algorithm, claim, [sha256(canonicalRequest(request, claim))]);
  }

  /** @param lines what follows the date and the scope in the text to sign */
  signText(kind: string, scope: Scope, lines: readonly string[]): string {
    const text = [kind, longDate(scope), scopeOf(scope), ...lines].join('\n');
    return hmac(this.#keyOf(scope), text).toString('hex');
  }

  #keyOf(claimed: Scope): Buffer {
    const scope = scopeOf(claimed);
    if (this.#latest.scope !== scope) {
      const parts = scope.split('/');
      this.#latest = { scope, key: parts.reduce(hmac, Buffer.from(`AWS4${this.#secretAccessKey}`)) };
    }
    return this.#latest.key;
  }
}

function longDate({ signedAt }: Scope): string {
  return signedAt.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
}

function scopeOf(scope: Scope): string {
  return `${longDate(scope).slice(0, 8)}/${scope.region}/s3/aws4_request`;
}

/** Of the signed headers those that are there: one that is missing makes the signature another. */
function canonicalRequest(request: S3Request, { signedHeaders, expiresInSeconds }: SignatureClaim): string {
  const names = signedHeaders.filter((name) => request.headers.has(name)).sort();
  const lines = names.map((name) => `${name}:${canonicalValue(request.headers.get(name) ?? '')}\n`).join('');
  const isPresigned = expiresInSeconds !== undefined;
  return [
    request.method,
    request.canonicalPath,
    canonicalQuery(request.query, isPresigned),
    lines,
    names.join(';'),
    isPresigned ? presignedPayloadHash(request) : (request.headers.get('x-amz-content-sha256') ?? emptyHash),
  ].join('\n');
}

/** Blanks and tabs only: a no-break space is part of a value. */
function canonicalValue(value: string): string {
  return value.replaceAll(/[ \t]+/gu, ' ').replaceAll(/^ | $/gu, '');
}

function canonicalQuery(query: ReadonlyMap<string, string>, isPresigned: boolean): string {
  const pairs = [...query].filter(([name]) => !(isPresigned && name === 'X-Amz-Signature'));
  return pairs
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** A presigned URL may say what its body must hash to; S3 takes it from the query or from a signed header. */
function presignedPayloadHash({ headers, query }: S3Request): string {
  const inQuery = [...query].find(([name]) => name.toLowerCase() === 'x-amz-content-sha256')?.[1];
  return inQuery ?? headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
