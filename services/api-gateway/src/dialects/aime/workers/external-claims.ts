import { createHash } from 'node:crypto';
import {
  claimJob,
  commitJob,
  findClaim,
  grantOutputs,
  renewClaims,
  workerDoor,
  type JobClaim,
  type JobOutcome,
  type JobProgress,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { externalEndpointId } from '../endpoints/queue-name.js';
import { putObject } from '../object-transfer.js';

/** An external worker of a job type. */
export interface ExternalWorker {
  readonly jobType: string;
  readonly name: string;
}

/** A job that an external worker holds. */
export interface HeldJob {
  readonly jobId: string;
  readonly epoch: number;
  readonly startedAtMs: number;
}

export type ClaimStanding = 'held' | 'lost' | 'cancelled';

/** A claim, and whose it is. */
export interface KnownClaim extends HeldJob {
  readonly worker: ExternalWorker;
}

const callTimeoutMs = 10_000;
const maxRemembered = 100_000;

/**
 * Claims of external workers, made in their name. Every gateway may speak for a worker: what this one does not remember of a
 * claim it asks the dispatcher for.
 */
export class ExternalClaims {
  readonly #jobQueue: JobQueue;
  readonly #held = new Map<string, KnownClaim>();

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** Undefined: the entry is stale. */
  async claim(
    { jobType, name }: ExternalWorker,
    entry: { readonly jobId: string; readonly release: number },
    leaseMs: number,
  ): Promise<JobClaim | undefined> {
    const request = { ...entry, workerId: name, leaseMs };
    const { claim } = await this.#jobQueue.call(claimJob, request, callOptions(jobType));
    if (claim === null) return undefined;
    const { jobId, epoch } = claim;
    this.#remember({ jobId, epoch, startedAtMs: Date.now(), worker: { jobType, name } });
    return claim;
  }

  /** The claim that a worker holds on a job; undefined when it holds none. A worker without a name is the one remembered here. */
  async find({ jobType, name }: ExternalWorker, jobId: string): Promise<KnownClaim | undefined> {
    const known = this.#held.get(jobId);
    if (known?.worker.jobType === jobType && (known.worker.name === name || name === '')) return known;
    return name === '' ? undefined : this.#ask({ jobType, name }, jobId);
  }

  async #ask(worker: ExternalWorker, jobId: string): Promise<KnownClaim | undefined> {
    const request = { jobId, workerId: worker.name };
    const { claim } = await this.#jobQueue.call(findClaim, request, callOptions(worker.jobType));
    if (claim === null) return undefined;
    const held = { jobId, epoch: claim.epoch, startedAtMs: Date.parse(claim.startedAt), worker };
    this.#remember(held);
    return held;
  }

  async renew(
    { jobId, epoch, worker: { jobType, name } }: KnownClaim,
    leaseMs: number,
    progress?: JobProgress,
  ): Promise<ClaimStanding> {
    const claim = { jobId, epoch, ...(progress === undefined ? {} : { progress }) };
    const request = { workerId: name, leaseMs, claims: [claim] };
    const { claims } = await this.#jobQueue.call(renewClaims, request, callOptions(jobType));
    const standing = claims[0]?.standing ?? 'lost';
    if (standing === 'lost') this.#held.delete(jobId);
    return standing;
  }

  /** @returns false when the claim is lost: nothing changed */
  async commit(worker: ExternalWorker, { jobId, epoch }: HeldJob, outcome: JobOutcome): Promise<boolean> {
    const request = { jobId, epoch, outcome };
    const { accepted } = await this.#jobQueue.call(commitJob, request, callOptions(worker.jobType));
    this.#held.delete(jobId);
    return accepted;
  }

  /** Asks how things stand, whatever is remembered: the worker may have got the job anew by another gateway. */
  async findAnew(worker: ExternalWorker, jobId: string): Promise<HeldJob | undefined> {
    this.#held.delete(jobId);
    return this.#ask(worker, jobId);
  }

  /** Stores what is too large for the record. @throws MeshError STALE_CLAIM, STORAGE_UNAVAILABLE */
  async store(
    jobType: string,
    { jobId, epoch }: HeldJob,
    output: { readonly name: string; readonly bytes: Uint8Array; readonly mediaType: string },
    signal: AbortSignal,
  ): Promise<{ name: string; sizeBytes: number; sha256: string; mediaType: string }> {
    const { name, bytes, mediaType } = output;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const fact = { name, sizeBytes: bytes.byteLength, sha256, mediaType };
    const { puts } = await this.#jobQueue.call(
      grantOutputs,
      { jobId, epoch, outputs: [fact] },
      { ...callOptions(jobType), signal },
    );
    const [put] = puts;
    if (put === undefined) throw new MeshError('INTERNAL', `no URL was granted for output ${name}`);
    await putObject(put, bytes, signal);
    return fact;
  }

  #remember(held: KnownClaim): void {
    this.#held.delete(held.jobId);
    this.#held.set(held.jobId, held);
    if (this.#held.size <= maxRemembered) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

function callOptions(jobType: string): { queue: string; deadlineAt: number } {
  return { queue: workerDoor(externalEndpointId(jobType)), deadlineAt: Date.now() + callTimeoutMs };
}
