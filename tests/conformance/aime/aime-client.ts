import { setTimeout as delay } from 'node:timers/promises';
import { exchange, objectOf, type Json, type WireAnswer, type WireRequest } from './wire.js';

/** Of the published Python client, which sends it when it logs in. */
const clientVersion = 'Python AIME API Client 0.8.9';

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly cookie: string | undefined;
  readonly retryAfter: string | undefined;
}

export interface ProgressSeen {
  readonly state: string;
  readonly progress: Json;
}

/** A client of the dialect, written from the dossier alone. */
export class AimeClient {
  readonly #url: string;
  readonly #key: string | null;
  /** Every body that it was shown. */
  readonly shown: string[] = [];
  #session: string | null = null;
  /** As a browser would send it back. */
  cookie: string | undefined;

  constructor(url: string, key: string | null) {
    this.#url = url;
    this.#key = key;
  }

  /** A request as it is. Every answer of a client's route has to be a JSON object that says so. */
  async send(path: string, request: WireRequest): Promise<Answer> {
    const { status, headers, text } = await this.exchange(path, request);
    if (!String(headers['content-type']).startsWith('application/json')) {
      throw new Error(`${request.method} ${path} answered ${status} as ${String(headers['content-type'])}: ${text}`);
    }
    if (headers['access-control-allow-origin'] !== '*')
      throw new Error(`${path} is not open to pages of other origins`);
    const cookie = headers['set-cookie']?.[0];
    if (cookie !== undefined) this.cookie = cookie.split(';')[0];
    return { status, body: objectOf(text), cookie, retryAfter: headers['retry-after'] as string | undefined };
  }

  async exchange(path: string, request: WireRequest): Promise<WireAnswer> {
    const headers = { ...(this.cookie === undefined ? {} : { cookie: this.cookie }), ...request.headers };
    const answer = await exchange(`${this.#url}${path}`, { ...request, headers });
    this.shown.push(answer.text);
    return answer;
  }

  /** As Python does; the session is used from here on, beside the key. */
  async login(endpoint: string, user = 'ada'): Promise<Json> {
    const query = new URLSearchParams({ user, key: this.#key ?? 'None', version: clientVersion });
    const { body } = await this.send(`/${endpoint}/login?${query.toString()}`, { method: 'GET' });
    if (body['success'] === true) this.#session = String(body['client_session_auth_key']);
    return body;
  }

  /** From here on the session alone says who asks. */
  sessionOnly(): AimeClient {
    const other = new AimeClient(this.#url, null);
    other.#session = this.#session;
    return other;
  }

  submit(endpoint: string, inputs: Json, { wait, signal }: { wait: boolean; signal?: AbortSignal }): Promise<Answer> {
    const body = JSON.stringify({
      ...inputs,
      key: this.#key,
      client_session_auth_key: this.#session,
      wait_for_result: wait,
    });
    const headers = { 'content-type': 'application/json' };
    return this.send(`/${endpoint}`, { method: 'POST', headers, body, signal });
  }

  /** A synchronous request. @returns the flat result */
  async ask(endpoint: string, inputs: Json): Promise<Json> {
    return succeeded(await this.submit(endpoint, inputs, { wait: true }));
  }

  /** An asynchronous request. @returns the job's id */
  async start(endpoint: string, inputs: Json): Promise<string> {
    const body = succeeded(await this.submit(endpoint, inputs, { wait: false }));
    if (typeof body['job_id'] !== 'string') throw new Error(`no job id: ${JSON.stringify(body)}`);
    return body['job_id'];
  }

  poll(endpoint: string, jobId: string): Promise<Answer> {
    const query = new URLSearchParams({ key: String(this.#key), job_id: jobId });
    return this.send(`/${endpoint}/progress?${query.toString()}`, { method: 'GET' });
  }

  /** Polls until the job is done, as the clients do. @returns the result, and what was told on the way */
  async untilDone(endpoint: string, jobId: string): Promise<{ result: Json; seen: readonly ProgressSeen[] }> {
    const seen: ProgressSeen[] = [];
    for (;;) {
      const body = succeeded(await this.poll(endpoint, jobId));
      if (body['job_state'] === 'done') return { result: body['job_result'] as Json, seen };
      seen.push({ state: String(body['job_state']), progress: body['progress'] as Json });
      await delay(20);
    }
  }

  async cancel(endpoint: string, jobId: string): Promise<Answer> {
    const body = JSON.stringify({ job_id: jobId, key: this.#key, client_session_auth_key: this.#session });
    return this.send(`/${endpoint}/cancel`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }
}

/** @throws Error with what the server said, when it refused */
function succeeded({ status, body }: Answer): Json {
  if (status !== 200 || body['success'] !== true) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`);
  return body;
}
