import { setTimeout as delay } from 'node:timers/promises';
import { findPictureFault, plainPicture } from './plain-picture.js';

/** Milliseconds of the steps of one job; `totalMs` with the download. */
export interface JobTimes {
  readonly createMs: number;
  readonly uploadMs: number;
  readonly startMs: number;
  readonly waitMs: number;
  readonly downloadMs: number;
  readonly totalMs: number;
}

export interface FinishedJob {
  readonly id: string;
  readonly times: JobTimes;
}

export interface EsdUserOptions {
  /** With the prefix. */
  readonly url: string;
  readonly key: string;
  readonly pollMs: number;
  /** Told of each refusal that the server marked as "come again": 429 and 503 with Retry-After. */
  readonly onRefusal: (status: number) => void;
}

interface Asked {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly data: {
    readonly status: string;
    readonly sagemakerRaw?: string;
    readonly img_presigned_urls: readonly string[];
    readonly inference: { readonly id: string; readonly api_params_s3_upload_url: string };
  };
}

const wish = { inference_type: 'Async', task_type: 'extra-single-image', models: { embeddings: [] } };

/** A user of ESD who does what ESD's clients do, and goes on when told to come again. Whatever else is wrong, it throws. */
export class EsdUser {
  readonly #options: EsdUserOptions;

  constructor(options: EsdUserOptions) {
    this.#options = options;
  }

  /** Creates, uploads, starts, polls and downloads the job of that number. @throws Error saying what was wrong */
  async run(number: number): Promise<FinishedJob> {
    const image = (await plainPicture(number)).toString('base64');
    const steps = [performance.now()];
    const done = (): number => steps.push(performance.now());
    const headers = { 'idempotency-key': `crowd-${number}` };
    const { inference } = (await this.#ask('POST', '/inferences', 201, { body: wish, headers })).data;
    done();
    await put(inference.api_params_s3_upload_url, { upscaler_1: 'Lanczos', upscaling_resize: 2, image });
    done();
    await this.#ask('PUT', `/inferences/${inference.id}/start`, 202, {});
    done();
    const urls = await this.#untilSucceeded(inference.id);
    done();
    const fault = await findPictureFault(await download(urls), number);
    if (fault !== undefined) throw new Error(`job ${inference.id}: ${fault}`);
    done();
    return { id: inference.id, times: toTimes(steps) };
  }

  /** Creates a Real-time job and uploads its payload. @returns milliseconds from its start's request to the answer */
  async startMs(payload: object): Promise<number> {
    const body = { ...wish, inference_type: 'Real-time' };
    const { inference } = (await this.#ask('POST', '/inferences', 201, { body })).data;
    await put(inference.api_params_s3_upload_url, payload);
    const beganAt = performance.now();
    await this.#ask('PUT', `/inferences/${inference.id}/start`, 200, {});
    return performance.now() - beganAt;
  }

  async #untilSucceeded(id: string): Promise<readonly string[]> {
    for (;;) {
      const { data } = await this.#ask('GET', `/inferences/${id}`, 200, {});
      if (data.status === 'succeed') return data.img_presigned_urls;
      if (data.status !== 'inprogress') throw new Error(`job ${id} is ${data.status}: ${data.sagemakerRaw ?? ''}`);
      await delay(this.#options.pollMs);
    }
  }

  async #ask(method: string, path: string, expected: number, { body, headers }: Asked): Promise<Answer> {
    const { url, key, onRefusal } = this.#options;
    for (;;) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { 'x-api-key': key, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status === expected) return JSON.parse(text) as Answer;
      const retryAfter = answer.headers.get('retry-after');
      if (![429, 503].includes(answer.status) || retryAfter === null)
        throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      onRefusal(answer.status);
      await delay(Number(retryAfter) * 1000);
    }
  }
}

async function put(url: string, payload: object): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(payload) });
  if (answer.status !== 200) throw new Error(`an upload answered ${answer.status}: ${await answer.text()}`);
  await answer.body?.cancel();
}

async function download([url = '']: readonly string[]): Promise<Buffer> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`a download answered ${answer.status}: ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

function toTimes(at: readonly number[]): JobTimes {
  const between = (from: number, to: number): number => (at[to] ?? 0) - (at[from] ?? 0);
  return {
    createMs: between(0, 1),
    uploadMs: between(1, 2),
    startMs: between(2, 3),
    waitMs: between(3, 4),
    downloadMs: between(4, 5),
    totalMs: between(0, 5),
  };
}
