import { eventually } from './processes.js';

export type Fields = Record<string, unknown>;

export interface AimeAnswer {
  readonly status: number;
  readonly body: Fields;
}

/** Speaks AIME's client interface, for one endpoint. */
export class AimeClient {
  readonly #base: string;
  readonly #key: string | null;

  /** @param endpoint empty for the paths of no endpoint */
  constructor(url: string, endpoint: string, key: string | null) {
    this.#base = endpoint === '' ? url : `${url}/${endpoint}`;
    this.#key = key;
  }

  /** An object gets the key; any other body goes as it is. */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    signal = AbortSignal.timeout(60_000),
  ): Promise<AimeAnswer> {
    const isPlain = typeof body === 'object' && body !== null && !Array.isArray(body);
    const sent: unknown = isPlain && this.#key !== null ? { key: this.#key, ...body } : body;
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
      signal,
    });
    return { status: answer.status, body: (await answer.json()) as Fields };
  }

  /** A job that is polled for. */
  async submit(fields: Fields): Promise<string> {
    const { status, body } = await this.ask('POST', '', { wait_for_result: false, ...fields });
    if (status !== 200) throw new Error(`refused: ${JSON.stringify(body)}`);
    return String(body['job_id']);
  }

  poll(jobId: string, flags: Record<string, string> = {}): Promise<AimeAnswer> {
    return this.ask('GET', `/progress?${new URLSearchParams({ job_id: jobId, ...flags }).toString()}`);
  }

  cancel(jobId: string): Promise<AimeAnswer> {
    return this.ask('POST', '/cancel', { job_id: jobId });
  }

  untilDone(jobId: string): Promise<Fields> {
    return eventually('the job being done', async () => {
      const { body } = await this.poll(jobId);
      return body['job_state'] === 'done' ? (body['job_result'] as Fields) : undefined;
    });
  }
}
