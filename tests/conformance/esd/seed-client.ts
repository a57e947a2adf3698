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
  readonly data: WireData;
}

/** What the routes answer, all of them together: which fields are there is the business of the route at hand. */
export interface WireData extends WireJob {
  readonly roles: { readonly role_name: string; readonly permissions: string[] }[];
  readonly users: WireUser[];
  readonly all_roles: string[];
  readonly endpoints: WireEndpoint[];
  readonly endpoint_name: string;
  readonly endpoint_status: string;
  readonly EndpointDeploymentJobId: string;
  readonly inference: WireInference;
  readonly inferences: WireJob[];
  readonly last_evaluated_key: string | null;
  readonly s3PresignUrl: Readonly<Record<string, string>>;
  /** Of a dataset. */
  readonly data: { readonly preview_url: string }[];
  readonly [field: string]: unknown;
}

export interface WireUser {
  readonly username: string;
  readonly roles: string[];
  readonly password: string;
}

export interface WireEndpoint {
  readonly EndpointDeploymentJobId: string;
  readonly endpoint_name: string;
  readonly endpoint_status: string;
}

/** Made or started. */
export interface WireInference {
  readonly id: string;
  readonly inference_id: string;
  readonly api_params_s3_location: string;
  readonly api_params_s3_upload_url: string;
  readonly models?: { readonly id: string }[];
}

export interface WireJob {
  readonly InferenceJobId: string;
  readonly status: string;
  readonly taskType: string;
  readonly sagemakerRaw: string;
  readonly img_presigned_urls: string[];
  readonly output_presigned_urls: string[];
  readonly params: { readonly used_models: Readonly<Record<string, unknown>> };
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
function bearerOf(user: string): string {
  return `Bearer ${Buffer.from(user).toString('hex').toUpperCase()}`;
}
