import {
  outputsOf,
  payloadFor,
  type JobEndpoint,
  type MediaConverter,
  type RuntimeMapping,
} from '@infermesh/aime-endpoints';
import {
  createJob,
  endpointQueue,
  findCheckpoints,
  performJob,
  startJob,
  type CheckpointRef,
  type JobView,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../mesh-calls.js';
import { spansOf } from '../aime/endpoints/job-spans.js';
import { getObject, putObject } from '../aime/object-transfer.js';
import { declaredOutputs } from './declared-outputs.js';
import type { Fields, OwnRuntime } from './own-runtime.js';
import type { OwnRuntimes } from './own-runtimes.js';
import { RuntimePools } from './runtime-pools.js';

export interface RuntimeJobsOptions {
  readonly jobQueue: JobQueue;
  readonly runtimes: OwnRuntimes;
  readonly media: MediaConverter;
  /** Of an output, and of a payload that is read again. */
  readonly maxBytes: number;
}

export interface RuntimeJob {
  readonly endpoint: JobEndpoint;
  readonly owner: {
    readonly tenantId: string;
    readonly owner: string;
    readonly keyId: string;
    readonly weight: number;
  };
  /** The request's parameters, media as data URLs. */
  readonly data: Fields;
}

/** Whose checkpoints the runtimes work with: those of the operator, as endpoints are the operator's. */
const operatorTenant = 'default';
const runTimeoutMs = 3_600_000;
/** As JSON text. What is longer travels as a payload. */
const maxInlineBytes = 15_000;
const maxAttachedBytes = 40_000;
const payloadName = 'payload.json';
/** The parameters that come back as outputs, within a payload: a name that no runtime reads. */
const echoName = 'aime_echo';

/** Jobs of endpoints whose file names one of the mesh's own runtimes: from parameters to payload, and from its result to outputs. */
export class RuntimeJobs {
  readonly #options: RuntimeJobsOptions;
  readonly #pools: RuntimePools;

  constructor(options: RuntimeJobsOptions) {
    this.#options = options;
    this.#pools = new RuntimePools(options.jobQueue);
  }

  /** Whether a job can go straight into the queue, its result come straight back: no file either way, and small. */
  isAttachable(endpoint: JobEndpoint, data: Fields): boolean {
    const { runtime } = this.#partsOf(endpoint);
    const hasMedia = endpoint.outputs.some((output) => 'rules' in output);
    return !hasMedia && !runtime.needsFile && Buffer.byteLength(JSON.stringify(data)) <= maxAttachedBytes;
  }

  /** Runs a job once and waits for it. @returns its outputs @throws MeshError of the runtime; WORKER_LOST, DEADLINE_EXCEEDED, outages */
  async perform(endpoint: JobEndpoint, data: Fields, deadlineAt: number, { id, signal }: CallScope): Promise<Fields> {
    const { runtime, mapping } = this.#partsOf(endpoint);
    const inputs = runtime.payloadOf(payloadOf(mapping, data));
    const queue = endpointQueue(await this.#pools.endpointIdOf(runtime));
    const { result } = await this.#options.jobQueue.call(
      performJob,
      { jobType: runtime.jobType, inputs: inputs as Record<string, never> },
      { queue, deadlineAt, signal, requestId: id },
    );
    return this.#declared(endpoint, result, data, signal);
  }

  /** Commits the record of a job and queues it. @returns the record's id @throws MeshError QUEUE_FULL, QUOTA_EXCEEDED, outages */
  async create({ endpoint, owner, data }: RuntimeJob, scope: CallScope): Promise<string> {
    const { runtime, mapping } = this.#partsOf(endpoint);
    const payload = runtime.payloadOf(payloadOf(mapping, data));
    const echo = echoOf(mapping, data);
    const isInline = !runtime.needsFile && sizeOf(payload) + sizeOf(echo) <= maxInlineBytes;
    const record = {
      owner,
      dialect: 'aime',
      jobType: runtime.jobType,
      endpointId: await this.#pools.endpointIdOf(runtime),
      checkpoints: await this.#checkpointsOf(runtime, scope),
      ...spansOf(endpoint.queue),
      runTimeoutMs,
      maxWaiting: endpoint.queue.maxQueueLength,
      trace: scope.id,
    };
    const { jobQueue } = this.#options;
    if (isInline) {
      const inputs = payload as Record<string, never>;
      const own = {
        ...record,
        inputs,
        dialectData: { echo: echo as Record<string, never> },
        payload: null,
        start: true,
      };
      return (await callService(jobQueue, createJob, own, scope)).job.id;
    }
    const bytes = Buffer.from(JSON.stringify({ ...payload, [echoName]: echo }));
    const wanted = { ...record, payload: { name: payloadName, maxBytes: bytes.byteLength } };
    const { job, upload } = await callService(jobQueue, createJob, wanted, scope);
    if (upload === null) throw new MeshError('INTERNAL', 'a job with a payload has no place for it');
    await putObject(upload, bytes, scope.signal);
    const access = { tenantId: owner.tenantId, subject: owner.owner };
    await callService(jobQueue, startJob, { access, id: job.id }, scope);
    return job.id;
  }

  /** The outputs of a job that has succeeded. @param job with its URLs @throws MeshError CONFIG_INVALID, outages */
  async outputsOf(endpoint: JobEndpoint, job: JobView, signal: AbortSignal): Promise<Fields> {
    const result = { ...job.result, ...(await this.#readFiles(endpoint, job, signal)) };
    return this.#declared(endpoint, result, await this.#readEcho(job, signal), signal);
  }

  /** What cannot become what is declared is an `error` of the job, which every client reads. */
  async #declared(
    endpoint: JobEndpoint,
    result: Readonly<Record<string, unknown>>,
    data: Fields,
    signal: AbortSignal,
  ): Promise<Fields> {
    const { mapping } = this.#partsOf(endpoint);
    const values = outputsOf(mapping, result, new Map(Object.entries(data)));
    try {
      return await declaredOutputs(endpoint.outputs, values, { ...this.#options, signal });
    } catch (error) {
      if (!(error instanceof MeshError) || !mediaCodes.has(error.code)) throw error;
      return { error: error.message };
    }
  }

  /** @throws MeshError CONFIG_INVALID when nobody here knows the runtime any more */
  #partsOf({ name, worker }: JobEndpoint): { readonly runtime: OwnRuntime; readonly mapping: RuntimeMapping } {
    const mapping = worker.runtime;
    const runtime = mapping === null ? undefined : this.#options.runtimes.get(mapping.runtime);
    if (mapping !== null && runtime !== undefined) return { runtime, mapping };
    throw new MeshError('CONFIG_INVALID', `the endpoint ${name} names no runtime of this server`);
  }

  async #checkpointsOf({ checkpointType }: OwnRuntime, scope: CallScope): Promise<CheckpointRef[]> {
    if (checkpointType === null) return [];
    const wanted = { tenantId: operatorTenant, type: checkpointType };
    return (await callService(this.#options.jobQueue, findCheckpoints, wanted, scope)).checkpoints;
  }

  /** The fields of the result that lie in files: bytes, or a list of them. */
  async #readFiles(endpoint: JobEndpoint, job: JobView, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { runtime } = this.#partsOf(endpoint);
    const found: Record<string, unknown> = {};
    for (const field of Object.keys(runtime.description.result)) {
      const name = runtime.outputOf(field);
      const one = job.outputs.find((output) => output.name === name);
      const list = job.outputs.filter((output) => output.name.startsWith(`${name}.`)).sort(byIndex);
      if (one !== undefined) found[field] = await this.#read(one, signal);
      else if (list.length > 0) found[field] = await Promise.all(list.map((output) => this.#read(output, signal)));
    }
    return found;
  }

  async #read({ name, url }: JobView['outputs'][number], signal: AbortSignal): Promise<Buffer> {
    if (url === undefined) throw new MeshError('INTERNAL', `the output ${name} has no URL`);
    return getObject(url, this.#options.maxBytes, signal);
  }

  async #readEcho({ dialectData, payload }: JobView, signal: AbortSignal): Promise<Fields> {
    if (payload?.url === undefined) return (dialectData['echo'] ?? {}) as Fields;
    const bytes = await getObject(payload.url, 2 * this.#options.maxBytes, signal);
    return (JSON.parse(bytes.toString()) as Record<typeof echoName, Fields>)[echoName];
  }
}

const mediaCodes: ReadonlySet<string> = new Set(['MEDIA_INVALID', 'MEDIA_TOO_LARGE', 'PAYLOAD_TOO_LARGE']);

function payloadOf(mapping: RuntimeMapping, data: Fields): Fields {
  return payloadFor(mapping, new Map(Object.entries(data))) as Fields;
}

/** The parameters that the mapping hands back. */
function echoOf({ result }: RuntimeMapping, data: Fields): Fields {
  const names = Object.values(result).flatMap((source) => (source.from === 'input' ? [source.name] : []));
  return Object.fromEntries(Object.entries(data).filter(([name]) => names.includes(name)));
}

function sizeOf(fields: Fields): number {
  return Buffer.byteLength(JSON.stringify(fields));
}

function byIndex(a: { readonly name: string }, b: { readonly name: string }): number {
  return indexOf(a.name) - indexOf(b.name);
}

function indexOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('.') + 1));
}
