import type { JobView } from '@infermesh/contracts';
import { eventually } from './processes.js';

export interface ToyAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Speaks the toy dialect. */
export class ToyClient {
  readonly url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.#key = key;
  }

  async request(method: string, path: string, body?: object): Promise<ToyAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  async submit(jobType: string, inputs: object = {}): Promise<string> {
    const { status, body } = await this.request('POST', '/jobs', { endpoint: 'toys', jobType, inputs });
    if (status !== 202) throw new Error(`submit answered ${status}: ${JSON.stringify(body)}`);
    return String(body['id']);
  }

  perform(jobType: string, inputs: object = {}, timeoutMs = 10_000): Promise<ToyAnswer> {
    return this.request('POST', '/perform', { endpoint: 'toys', jobType, inputs, timeoutMs });
  }

  async get(id: string): Promise<JobView> {
    const { status, body } = await this.request('GET', `/jobs/${id}`);
    if (status !== 200) throw new Error(`job ${id} answered ${status}: ${JSON.stringify(body)}`);
    return body as unknown as JobView;
  }

  /** Waits for a state; a mesh that is away for a moment is asked again. */
  until(id: string, states: readonly JobView['state'][], timeoutMs = 30_000): Promise<JobView> {
    return eventually(
      `job ${id} becoming ${states.join(' or ')}`,
      async () => {
        const job = await this.get(id).catch(() => undefined);
        return job !== undefined && states.includes(job.state) ? job : undefined;
      },
      timeoutMs,
    );
  }

  untilEnded(id: string, timeoutMs?: number): Promise<JobView> {
    return this.until(id, ['succeeded', 'failed', 'cancelled', 'expired'], timeoutMs);
  }
}
