/** What any ESD server answers, read off the wire: nothing of ours. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: WireBody;
}

/** The tests look into answers of every shape, wrong ones included. */
export interface WireBody {
  readonly statusCode?: number;
  readonly message?: string;
  readonly requestId?: string;
  readonly debug?: Readonly<Record<string, string>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- of another shape for every route
  readonly data?: any;
}

export interface WireRequest {
  readonly body?: unknown;
  /** The user of `Authorization: Bearer <HEX>`, as 1.4 has it. */
  readonly as?: string;
  /** The user of the header `username`, as 1.5 has it. */
  readonly username?: string;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const patienceMs = 60_000;

/** A client of ESD written from its public document alone. As ESD's own, it sends JSON without a content type. */
export class SeedClient {
  readonly #url: string;
  readonly #key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.#url = url;
    this.#key = key;
  }

  get url(): string {
    return this.#url;
  }

  withKey(key: string): SeedClient {
    return new SeedClient(this.#url, key);
  }

  async request(method: string, path: string, request: WireRequest = {}): Promise<WireAnswer> {
    const key = 'key' in request ? request.key : this.#key;
    const { body } = request;
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(request.as === undefined ? {} : { authorization: bearerOf(request.as) }),
        ...(request.username === undefined ? {} : { username: request.username }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as WireBody };
  }

  get(path: string, request: WireRequest = {}): Promise<WireAnswer> {
    return this.request('GET', path, request);
  }

  post(path: string, body: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.request('POST', path, { body, ...request });
  }

  put(path: string, body?: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.request('PUT', path, { ...(body === undefined ? {} : { body }), ...request });
  }

  delete(path: string, body: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.request('DELETE', path, { body, ...request });
  }
}

/** `admin` is `Bearer 61646D696E`. */
export function bearerOf(user: string): string {
  return `Bearer ${Buffer.from(user).toString('hex').toUpperCase()}`;
}
