export interface AimeJobAnswer {
  readonly cmd: string;
  readonly msg?: string;
  readonly endpoint_name?: string;
  readonly job_data?: readonly (Record<string, unknown> & { readonly job_id: string })[];
  readonly input_descriptions?: Record<string, unknown>;
  readonly progress_output_descriptions?: Record<string, unknown>;
  readonly final_output_descriptions?: Record<string, unknown>;
}

export interface WorkerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Speaks AIME's worker interface. */
export class AimeWorker {
  readonly #url: string;
  readonly identity: { readonly auth: string; readonly job_type: string; readonly auth_key: string };

  constructor(url: string, jobType: string, key: string, name = 'host#0_1xTest') {
    this.#url = url;
    this.identity = { auth: name, job_type: jobType, auth_key: key };
  }

  async post(path: string, body: unknown, signal = AbortSignal.timeout(60_000)): Promise<WorkerAnswer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** One long poll. */
  async request(options: { max?: number; waitSeconds?: number; signal?: AbortSignal } = {}): Promise<AimeJobAnswer> {
    const { max = 1, waitSeconds = 30, signal } = options;
    const body = { ...this.identity, version: 'Test 1', request_timeout: waitSeconds, max_job_batch: max };
    return (await this.post('/worker_job_request', body, signal)).body as AimeJobAnswer;
  }

  /** Polls until jobs come. */
  async take(max = 1): Promise<NonNullable<AimeJobAnswer['job_data']>> {
    for (let poll = 0; poll < 30; poll += 1) {
      const answer = await this.request({ max, waitSeconds: 10 });
      if (answer.cmd === 'job') return answer.job_data ?? [];
      if (answer.cmd !== 'no_job') throw new Error(`the server said ${JSON.stringify(answer)}`);
    }
    throw new Error('no job came');
  }

  progress(jobId: string, progress: number, data: Record<string, unknown> = {}): Promise<WorkerAnswer> {
    const body = { ...this.identity, job_id: jobId, progress, progress_data: data };
    return this.post('/worker_job_progress', body);
  }

  result(jobId: string, fields: Record<string, unknown>): Promise<WorkerAnswer> {
    return this.post('/worker_job_result', { ...this.identity, version: 'Test 1', job_id: jobId, ...fields });
  }
}
