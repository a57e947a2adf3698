import { createHash, createHmac } from 'node:crypto';

export interface UrlSignerOptions {
  /** `https://host:port`, as whoever uses the URL reaches it. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Bucket in the path instead of the host name. */
  readonly forcePathStyle: boolean;
}

export interface UrlToSign {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly expiresInSeconds: number;
  /** Beside those of the signature. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whoever uses the URL must send exactly these. Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default now. */
  readonly at?: Date;
}

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * Presigned URLs of one bucket: AWS Signature Version 4 in the query, as "Authenticating Requests: Using Query Parameters" of the
 * S3 API reference has it. The SDK's presigner needs twenty times the processor time, and each job needs about ten URLs.
 */
export class UrlSigner {
  readonly #options: UrlSignerOptions;
  readonly #origin: string;
  readonly #host: string;
  readonly #basePath: string;
  #dayKey: { readonly day: string; readonly key: Buffer } = { day: '', key: Buffer.alloc(0) };

  constructor(options: UrlSignerOptions) {
    const { protocol, host, pathname } = new URL(options.endpoint);
    this.#options = options;
    this.#host = options.forcePathStyle ? host : `${options.bucket}.${host}`;
    this.#origin = `${protocol}//${this.#host}`;
    const base = pathname.replace(/\/$/u, '');
    this.#basePath = options.forcePathStyle ? `${base}/${encode(options.bucket)}` : base;
  }

  sign({ method, key, expiresInSeconds, query = {}, headers = {}, at = new Date() }: UrlToSign): string {
    const { region, accessKeyId } = this.#options;
    const time = at.toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
    const day = time.slice(0, 8);
    const scope = `${day}/${region}/s3/aws4_request`;
    const signed = sortedPairs({ ...headers, host: this.#host });
    const signedNames = signed.map(([name]) => name).join(';');
    const path = `${this.#basePath}/${key.split('/').map(encode).join('/')}`;
    const search = toSearch({
      ...query,
      'X-Amz-Algorithm': algorithm,
      'X-Amz-Credential': `${accessKeyId}/${scope}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(expiresInSeconds),
      'X-Amz-SignedHeaders': signedNames,
    });
    const lines = signed.map(([name, value]) => `${name}:${value.trim().replaceAll(/ +/gu, ' ')}\n`).join('');
    const request = [method, path, search, lines, signedNames, 'UNSIGNED-PAYLOAD'].join('\n');
    const text = [algorithm, time, scope, sha256(request)].join('\n');
    const signature = hmac(this.#keyOf(day), text).toString('hex');
    return `${this.#origin}${path}?${search}&X-Amz-Signature=${signature}`;
  }

  #keyOf(day: string): Buffer {
    if (this.#dayKey.day !== day) {
      const { region, secretAccessKey } = this.#options;
      const parts = [day, region, 's3', 'aws4_request'];
      this.#dayKey = { day, key: parts.reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`)) };
    }
    return this.#dayKey.key;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** RFC 3986: everything but letters, digits and `-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function toSearch(query: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(query).map(([name, value]) => [encode(name), encode(value)] as const);
  return sortedPairs(Object.fromEntries(encoded))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By the bytes of their names. */
function sortedPairs(pairs: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(pairs).sort(([one], [other]) => (one < other ? -1 : 1));
}
