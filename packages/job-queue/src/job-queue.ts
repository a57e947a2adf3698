import type { CallContract } from '@infermesh/contracts';
import type { MeshError } from '@infermesh/errors';
import type { z } from 'zod';
import type { CallHandler } from './handle.js';

export interface CallOptions {
  /** Epoch milliseconds. After it nobody waits and nobody begins; a running handler's signal is aborted, a waiting call taken out of the queue. */
  readonly deadlineAt: number;
  /** Its abort takes the call out of the queue, or aborts the running handler's signal. */
  readonly signal?: AbortSignal;
  /** Default `contract.queue`. `worker.<id>` addresses one worker that serves that name. */
  readonly queue?: string;
  /** Handed to the handler, which makes a repetition harmless; the queue itself never repeats a call. */
  readonly idempotencyKey?: string;
  /** Default: a new one. Appears in the logs of both sides. */
  readonly requestId?: string;
}

export interface StreamOptions<Part extends z.ZodType> extends CallOptions {
  /** What a part looks like; without it parts are `unknown`. */
  readonly part?: Part;
}

/** Iterate over the parts, then await `result`. Leaving the loop early cancels the call. Iterable once. */
export interface CallStream<Part, Response> extends AsyncIterable<Part> {
  /** Rejects as `call` does. A failure also ends the iteration, by throwing. */
  readonly result: Promise<Response>;
}

export interface Entry<Request> {
  /** Chosen by the caller: no `:`, not digits alone, at most 200 characters. */
  readonly jobId: string;
  readonly request: Request;
  /** 1 is the most urgent; default 1000, at most 2 000 000. Attached calls go before all entries. */
  readonly priority?: number;
}

export interface ServeOptions {
  /** Deliveries handled at the same time. */
  readonly concurrency: number;
  /** How long a stop waits for running handlers. Then entries go back to the queue and calls are refused. */
  readonly stopGraceMs: number;
  /** A consumer silent for this long has lost its deliveries; default 6000. A blocked event loop must stay below it. */
  readonly lockMs?: number;
  /** Time between two looks for lost deliveries; default 3000. Recovery takes at most `lockMs + stalledIntervalMs`. */
  readonly stalledIntervalMs?: number;
}

/** A served queue. Disposing stops: no new deliveries, then the grace, then the hard stop. */
export interface Serving extends AsyncDisposable {
  readonly queue: string;
  /** Handlers running now. */
  readonly activeCount: number;
  setConcurrency(concurrency: number): void;
  /** Takes nothing more; running handlers go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface TakeOptions {
  readonly max: number;
  /** How long to wait for the first job; then the answer is an empty list. */
  readonly waitMs: number;
  /** Unless renewed or finished within it, the job is given to another. */
  readonly leaseMs: number;
  /** Its abort ends the wait with an empty list. */
  readonly signal?: AbortSignal;
}

/** A job taken by a puller. `token` is all that the other verbs need, in any process that may use the queue. */
export interface Lease<Contract extends CallContract = CallContract> {
  readonly token: string;
  readonly jobId: string;
  readonly contract: Contract;
  readonly request: z.output<Contract['request']>;
  readonly requestId: string;
  /** Epoch milliseconds; absent for entries. */
  readonly deadlineAt?: number;
  readonly idempotencyKey?: string;
  /** 1 is the first delivery. */
  readonly deliveryAttempt: number;
}

/** `held`: still yours. `cancelled`: still yours, but nobody wants the result: finish soon. `lost`: another may have it. */
export type LeaseStanding = 'held' | 'cancelled' | 'lost';

export type LeaseOutcome<Response> = { readonly response: Response } | { readonly error: MeshError };

export interface Leases {
  /** Prolongs the lease to `leaseMs` from now. */
  renew(token: string, leaseMs: number): Promise<LeaseStanding>;
  /** Sends a part to a caller that streams; for an entry it does nothing. @throws MeshError STALE_CLAIM */
  emit(token: string, part: unknown): Promise<void>;
  /**
   * Ends the job; a caller gets the outcome. Whoever comes after expiry changes nothing.
   * @throws MeshError STALE_CLAIM; INTERNAL when the response does not fit the contract
   */
  finish<Contract extends CallContract>(
    contract: Contract,
    token: string,
    outcome: LeaseOutcome<z.input<Contract['response']>>,
  ): Promise<void>;
  /** Puts the job back at the head of the queue. @throws MeshError STALE_CLAIM */
  giveBack(token: string): Promise<void>;
}

/** `removed`: it waited and is gone. `aborting`: its handler was told. `absent`: the queue does not know it. */
export type CancelOutcome = 'removed' | 'aborting' | 'absent';

/** `delayed`: it failed for want of infrastructure, and waits a few seconds for its next try. */
export type QueueState = 'queued' | 'delayed' | 'active' | 'absent';

export interface QueueCounts {
  /** Waiting to be taken. */
  readonly queued: number;
  readonly active: number;
  /** Waiting for another try after a failure of infrastructure. */
  readonly delayed: number;
}

export interface JobEvent {
  /** Rises by at least one; survives a loss of Redis. */
  readonly seq: number;
  readonly type: string;
  readonly data: unknown;
}

export interface FollowOptions {
  /** Replays events after this one; default 0: from the first that is kept. */
  readonly afterSeq?: number;
  /** Its abort ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/**
 * The one door to the queues. Every method throws MeshError only:
 * QUEUE_UNAVAILABLE while Redis is away, CONFIG_INVALID for a queue that this user of Redis may not touch.
 */
export interface JobQueue extends AsyncDisposable {
  readonly instanceId: string;

  /**
   * Asks and waits for the answer. Run at most once: a call is never delivered again.
   *
   * @throws MeshError what the handler threw; BAD_REQUEST; BODY_TOO_LARGE over 64 KiB; DEADLINE_EXCEEDED; CANCELLED when
   * the signal aborts; WORKER_LOST when the consumer died; SERVICE_UNAVAILABLE when it stops or speaks another version
   */
  call<Request extends z.ZodType, Response extends z.ZodType>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: CallOptions,
  ): Promise<z.output<Response>>;

  /** Like `call`, with what the handler emits on the way. A slow reader slows the handler's `emit`. */
  stream<Request extends z.ZodType, Response extends z.ZodType, Part extends z.ZodType = z.ZodUnknown>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: StreamOptions<Part>,
  ): CallStream<z.output<Part>, z.output<Response>>;

  /** Adds entries, delivered at least once each. An id that is still queued or active is passed over. */
  submit<Request extends z.ZodType>(
    contract: CallContract<Request>,
    entries: readonly Entry<z.input<Request>>[],
    options?: { readonly queue?: string },
  ): Promise<void>;

  /** Starts delivering what waits in `queue` to these handlers; one Serving a queue and process. */
  serve(queue: string, handlers: readonly CallHandler[], options: ServeOptions): Promise<Serving>;

  /** Takes up to `max` jobs of these contracts; waits only for the first. */
  take<Contract extends CallContract>(
    queue: string,
    contracts: Contract | readonly Contract[],
    options: TakeOptions,
  ): Promise<Lease<Contract>[]>;

  readonly leases: Leases;

  /** Takes a job or call out of the queue, or aborts its handler, wherever that runs. */
  cancel(queue: string, jobId: string): Promise<CancelOutcome>;

  state(queue: string, jobId: string): Promise<QueueState>;

  /** Cheap: four lengths. */
  counts(queue: string): Promise<QueueCounts>;

  /** Removes a queue that nobody serves any more, with all that waits in it. Twice is harmless. */
  removeQueue(queue: string): Promise<void>;

  /** Appends to the job's event stream (last 1000 events, one hour after the last) and wakes followers. Returns its seq. */
  appendEvent(jobId: string, type: string, data: unknown): Promise<number>;

  /** What was appended, then what is appended, in order and without gaps, until the signal aborts or the loop is left. */
  follow(jobId: string, options?: FollowOptions): AsyncIterable<JobEvent>;

  /**
   * Resolves once there is such an event, also one appended before, or when the signal aborts. Sooner than `follow` tells of it
   * where it is appended in this process.
   */
  untilEvent(
    jobId: string,
    isWanted: (event: Pick<JobEvent, 'type' | 'data'>) => boolean,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
}
