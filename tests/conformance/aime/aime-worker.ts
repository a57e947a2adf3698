import { setTimeout as delay } from 'node:timers/promises';
import { exchange, objectOf, type Json, type WireAnswer } from './wire.js';

export interface WorkerIdentity {
  readonly url: string;
  readonly jobType: string;
  readonly authKey: string;
  /** `auth` of every request. */
  readonly name: string;
  /** Seconds that this worker waits for any answer; default 10. */
  readonly requestTimeoutSeconds?: number;
}

/** One job of an answer. */
export interface TakenJob extends Json {
  readonly job_id: string;
}

const interfaceVersion = 'AIME API Worker Interface 0.9.12';

/** The requests of a worker, each as the published interface sends it; written from the dossier alone. */
export class AimeWorker {
  readonly identity: WorkerIdentity;
  /** Every body that it was shown. */
  readonly shown: string[] = [];

  constructor(identity: WorkerIdentity) {
    this.identity = identity;
  }

  async checkStatus(): Promise<WireAnswer> {
    const { authKey, jobType } = this.identity;
    return this.post('/worker_check_server_status', { auth_key: authKey, job_type: jobType });
  }

  /** A long poll. */
  askForJobs(maxJobBatch = 1, signal?: AbortSignal): Promise<WireAnswer> {
    const nothing = Object.fromEntries(unsaidNames.map((name) => [name, null]));
    const body = {
      ...this.#who(),
      version: interfaceVersion,
      worker_version: 1,
      gpu_name: 'Fake GPU',
      num_gpus: 1,
      request_timeout: this.#timeoutSeconds,
      max_job_batch: maxJobBatch,
      ...nothing,
    };
    return this.post('/worker_job_request', body, signal);
  }

  /** Polls until there are jobs. @throws Error for any other answer than `job` and `no_job` */
  async takeJobs(maxJobBatch = 1, signal?: AbortSignal): Promise<{ answer: Json; jobs: readonly TakenJob[] }> {
    for (;;) {
      const { status, text } = await this.askForJobs(maxJobBatch, signal);
      const answer = status === 200 ? objectOf(text) : {};
      if (answer['cmd'] === 'job') return { answer, jobs: answer['job_data'] as TakenJob[] };
      if (answer['cmd'] !== 'no_job') throw new Error(`a worker was answered ${status}: ${text}`);
    }
  }

  async takeJob(signal?: AbortSignal): Promise<TakenJob> {
    const [job] = (await this.takeJobs(1, signal)).jobs;
    if (job === undefined) throw new Error('a job answer without a job');
    return job;
  }

  /** One job's progress. @returns the items of the answer */
  async report(jobId: string, progress: number, data: Json | null = {}): Promise<readonly Json[]> {
    return items(
      await this.post('/worker_job_progress', { ...this.#who(), ...this.#progressOf(jobId, progress, data) }),
    );
  }

  /** Of a batch: there is no `auth` beside the jobs then, but in the data. */
  async reportBatch(
    reports: readonly (readonly [jobId: string, progress: number, data: Json])[],
  ): Promise<readonly Json[]> {
    const { auth_key, job_type } = this.#who();
    const body = reports.map(([jobId, progress, data]) => ({
      auth_key,
      job_type,
      ...this.#progressOf(jobId, progress, data),
    }));
    return items(await this.post('/worker_job_progress', body));
  }

  finish(jobId: string, outputs: Json): Promise<WireAnswer> {
    return this.post('/worker_job_result', { ...outputs, ...this.#who(), job_id: jobId, version: interfaceVersion });
  }

  async post(path: string, body: unknown, signal?: AbortSignal): Promise<WireAnswer> {
    const deadline = AbortSignal.timeout(this.#timeoutSeconds * 1000);
    const answer = await exchange(`${this.identity.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    this.shown.push(answer.text);
    return answer;
  }

  get #timeoutSeconds(): number {
    return this.identity.requestTimeoutSeconds ?? 10;
  }

  #who(): { auth: string; job_type: string; auth_key: string } {
    const { name, jobType, authKey } = this.identity;
    return { auth: name, job_type: jobType, auth_key: authKey };
  }

  #progressOf(jobId: string, progress: number, data: Json | null): Json {
    const progressData = data === null ? null : { ...data, version: interfaceVersion, auth: this.identity.name };
    return { job_id: jobId, progress, progress_data: progressData };
  }
}

/** What the interface sends as null unless it was told. */
const unsaidNames = [
  'model_label',
  'model_quantization',
  'model_size',
  'model_family',
  'model_type',
  'model_repo_name',
  'framework',
  'framework_version',
  'pytorch_version',
];

/** The interface sends no progress ever again after an answer that is no JSON; here that is an error. */
function items({ text }: WireAnswer): readonly Json[] {
  const answer: unknown = JSON.parse(text);
  if (!Array.isArray(answer)) throw new Error(`progress was answered ${text}`);
  return answer as Json[];
}

/** What a worker makes of a job. */
export type Work = (job: TakenJob, worker: AimeWorker, answer: Json) => Promise<Json> | Json;

export interface ServingOptions {
  readonly maxJobBatch?: number;
}

/** Works as the published interface does, until it is disposed of. */
export class ServingWorker implements AsyncDisposable {
  readonly worker: AimeWorker;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  /** Answers after which the published interface would ask again without any pause. */
  hotAnswers = 0;
  /** Times that the server was found away. */
  absences = 0;
  /** Why it takes no more jobs, in the server's words. */
  refusal: string | undefined;
  batches = 0;

  constructor(identity: WorkerIdentity, work: Work, { maxJobBatch = 1 }: ServingOptions = {}) {
    this.worker = new AimeWorker(identity);
    this.#done = this.#serve(work, maxJobBatch);
  }

  /** Resolves when the server has told it to go. */
  get ended(): Promise<void> {
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #serve(work: Work, maxJobBatch: number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.refusal === undefined) {
      const answer = await this.#ask(maxJobBatch);
      if (answer === undefined) continue;
      this.batches += 1;
      for (const job of answer['job_data'] as TakenJob[]) await this.#do(job, work, answer);
    }
  }

  /** Jobs, or nothing for now. */
  async #ask(maxJobBatch: number): Promise<Json | undefined> {
    const got = await this.worker.askForJobs(maxJobBatch, this.#stop.signal).catch(() => undefined);
    if (this.#stop.signal.aborted) return undefined;
    if (got === undefined || got.status === 503) return this.#untilBack();
    if (got.status !== 200) {
      this.hotAnswers += 1;
      return undefined;
    }
    const answer = objectOf(got.text);
    if (answer['cmd'] === 'job') return answer;
    if (answer['cmd'] !== 'no_job') this.refusal = String(answer['msg']);
    return undefined;
  }

  async #do(job: TakenJob, work: Work, answer: Json): Promise<void> {
    const outputs = await work(job, this.worker, answer);
    while (!this.#stop.signal.aborted) {
      const got = await this.worker.finish(job.job_id, outputs).catch(() => undefined);
      if (got?.status === 200) return;
      await this.#untilBack();
    }
  }

  async #untilBack(): Promise<undefined> {
    this.absences += 1;
    while (!this.#stop.signal.aborted) {
      const status = await this.worker.checkStatus().catch(() => undefined);
      if (status?.status === 200) return;
      await delay(100, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }
}
