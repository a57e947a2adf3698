/** A client of the ESD API as its documentation describes it: plain requests, nothing of ours. */
export interface EsdAnswer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into answers of every shape, wrong ones included.
  readonly body: EsdBody;
}

export interface EsdBody {
  readonly statusCode?: number;
  readonly message?: string;
  readonly data?: { readonly inference?: EsdCreated } & EsdInference;
}

export interface EsdCreated {
  readonly id: string;
  readonly type: string;
  readonly api_params_s3_upload_url: string;
  readonly inference_id: string;
  readonly status: string;
}

export interface EsdInference {
  readonly InferenceJobId?: string;
  readonly status?: string;
  readonly sagemakerRaw?: string;
  readonly image_names?: string[];
  readonly img_presigned_urls?: string[];
  readonly output_presigned_urls?: string[];
  readonly createTime?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const pollMs = 50;

export class EsdClient {
  readonly #url: string;
  readonly #key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.#url = url;
    this.#key = key;
  }

  async request(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<EsdAnswer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { ...(this.#key === undefined ? {} : { 'x-api-key': this.#key }), ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as EsdBody };
  }

  create(fields: Record<string, unknown> = {}): Promise<EsdAnswer> {
    const body = { task_type: 'extra-single-image', inference_type: 'Async', models: { embeddings: [] }, ...fields };
    return this.request('POST', '/inferences', JSON.stringify(body));
  }

  /** Creates a job and uploads its payload; @returns the job's id */
  async prepare(payload: unknown, fields: Record<string, unknown> = {}): Promise<string> {
    const created = await this.create(fields);
    const inference = created.body.data?.inference;
    if (created.status !== 201 || inference === undefined)
      throw new Error(`create answered ${created.status}: ${JSON.stringify(created.body)}`);
    const put = await fetch(inference.api_params_s3_upload_url, {
      method: 'PUT',
      body: typeof payload === 'string' ? payload : JSON.stringify(payload),
      signal: AbortSignal.timeout(60_000),
    });
    if (put.status !== 200) throw new Error(`upload answered ${put.status}: ${await put.text()}`);
    return inference.id;
  }

  start(id: string): Promise<EsdAnswer> {
    return this.request('PUT', `/inferences/${id}/start`);
  }

  get(id: string): Promise<EsdAnswer> {
    return this.request('GET', `/inferences/${id}`);
  }

  /** Polls until the job has ended, as ESD's clients do. A gateway that is away for a moment is asked again. */
  async untilEnded(id: string, timeoutMs = 60_000): Promise<EsdInference> {
    const giveUpAt = Date.now() + timeoutMs;
    let last: EsdAnswer | undefined;
    while (Date.now() < giveUpAt) {
      last = await this.get(id).catch(() => undefined);
      const status = last?.body.data?.status;
      if (last?.body.data !== undefined && (status === 'succeed' || status === 'failed')) return last.body.data;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`job ${id} has not ended: ${JSON.stringify(last?.body)}`);
  }

  /** Prepares, starts and waits. */
  async run(payload: unknown, fields: Record<string, unknown> = {}): Promise<EsdInference> {
    const id = await this.prepare(payload, fields);
    const started = await this.start(id);
    if (started.status !== 202) throw new Error(`start answered ${started.status}: ${JSON.stringify(started.body)}`);
    return this.untilEnded(id);
  }
}
