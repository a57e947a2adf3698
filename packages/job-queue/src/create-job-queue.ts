import { randomUUID } from 'node:crypto';
import type { CallContract } from '@infermesh/contracts';
import { MeshError, toMeshError } from '@infermesh/errors';
import { whenReady } from '@infermesh/redis';
import type { Logger, Metrics } from '@infermesh/telemetry';
import type { z } from 'zod';
import { handleBatch } from './batch-contract.js';
import { CallGatherer } from './call-gatherer.js';
import { Caller } from './caller.js';
import { Canceller } from './canceller.js';
import { Connections } from './connections.js';
import { AskServing } from './ask-serving.js';
import { CallAnswerer } from './call-answerer.js';
import { DirectServing } from './direct-serving.js';
import { JoinedServing } from './joined-serving.js';
import { encodeValue, parseValue, type Envelope } from './envelope.js';
import type { CallHandler } from './handle.js';
import { JobEvents } from './job-events.js';
import type {
  CallOptions,
  CallStream,
  CancelOutcome,
  Entry,
  FollowOptions,
  JobEvent,
  JobQueue,
  Lease,
  Leases,
  QueueCounts,
  QueueState,
  ServeOptions,
  Serving,
  StreamOptions,
  TakeOptions,
} from './job-queue.js';
import { LeaseKeeper } from './lease-keeper.js';
import { toQueueError } from './queue-error.js';
import { checkJobId, checkQueueName, checkServiceName, queueKey, replyStream } from './queue-keys.js';
import { QueueServing } from './queue-serving.js';
import { ReplyReader } from './reply-reader.js';
import { ReplyWriter } from './reply-writer.js';
import type { Neighbour, SharedProcess } from './shared-process.js';
import { Subscriptions } from './subscriptions.js';
import { Taker } from './taker.js';

export interface JobQueueOptions {
  readonly redisUrl: string;
  /** The room that calls and serves: part of the reply stream's name, so letters, digits and `-` only. */
  readonly service: string;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Of the services that share this process: calls among them go without Redis. Default: alone. */
  readonly sharedProcess?: SharedProcess;
  /** How long a request waits for a connection that was just lost, in milliseconds; default 1000. */
  readonly connectGraceMs?: number;
  /** Time for one Redis command of a request, in milliseconds; default 3000. */
  readonly commandTimeoutMs?: number;
  /** A process that stands still for longer counts as gone: its calls are aborted, in milliseconds; default 20 000. */
  readonly replyLifeMs?: number;
  /** Time between two looks after running deliveries: lost cancels, callers that are gone; in milliseconds; default 2000. */
  readonly lookMs?: number;
  /** Time between two looks for expired leases, in milliseconds; default 3000. */
  readonly leaseCheckMs?: number;
  /** Life of a job's event stream after its last event, in milliseconds; default one hour. */
  readonly eventLifeMs?: number;
}

const defaultPriority = 1000;
const maxPriority = 2_000_000;
/** How long `serve` waits for Redis at a service's start. */
const serveConnectMs = 10_000;
/** An entry's tries after failures of infrastructure. */
const entryOptions = {
  attempts: 4,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
};

/** The face of the room: hands each verb to the part that knows it, and owns the connections. */
class RedisJobQueue implements JobQueue {
  readonly instanceId = randomUUID();
  readonly leases: Leases;
  readonly #options: JobQueueOptions;
  readonly #connections: Connections;
  readonly #servings = new Map<string, Serving>();
  readonly #observe: ReturnType<typeof createObservers>;
  readonly #writer: ReplyWriter;
  readonly #caller: Caller;
  readonly #gatherers = new Map<CallContract, CallGatherer>();
  readonly #canceller: Canceller;
  readonly #events: JobEvents;
  readonly #taker: Taker;
  #replies: ReplyReader | undefined;
  #subscriptions: Subscriptions | undefined;

  constructor(options: JobQueueOptions) {
    const {
      redisUrl,
      service,
      logger,
      connectGraceMs = 1000,
      commandTimeoutMs = 3000,
      eventLifeMs = 3_600_000,
    } = options;
    checkServiceName(service);
    this.#options = options;
    this.#observe = createObservers(options.metrics);
    const connections = new Connections({ redisUrl, name: service, logger, connectGraceMs, commandTimeoutMs });
    this.#connections = connections;
    this.#writer = new ReplyWriter(() => connections.work);
    const requestWriter = new ReplyWriter(() => connections.request);
    this.#canceller = new Canceller(connections, requestWriter);
    this.#caller = new Caller({
      service,
      replyTo: replyStream(service, this.instanceId),
      connections,
      replies: () => this.#openReplies(),
      cancel: async (queue, callId) => await this.#canceller.cancel(queue, callId),
      logger,
      observe: this.#observe.call,
    });
    this.#events = new JobEvents({
      connections,
      subscriptions: () => this.#openSubscriptions(),
      eventLifeMs,
      sharedProcess: options.sharedProcess,
    });
    this.#taker = new Taker({ connections, writer: this.#writer, logger, leaseCheckMs: options.leaseCheckMs ?? 3000 });
    this.leases = new LeaseKeeper(connections, requestWriter);
  }

  #openReplies(): ReplyReader {
    this.#replies ??= new ReplyReader({
      stream: replyStream(this.#options.service, this.instanceId),
      lifeMs: this.#options.replyLifeMs ?? 20_000,
      reader: this.#connections.open('blocking', 'replies'),
      request: this.#connections.request,
      onReply: (reply) => {
        this.#caller.accept(reply);
      },
      logger: this.#options.logger,
    });
    return this.#replies;
  }

  #openSubscriptions(): Subscriptions {
    this.#subscriptions ??= new Subscriptions(this.#connections.open('subscriber', 'subscriber'), this.#options.logger);
    return this.#subscriptions;
  }

  async call<Request extends z.ZodType, Response extends z.ZodType>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: CallOptions,
  ): Promise<z.output<Response>> {
    const neighbour = this.#options.sharedProcess?.whoServes(options.queue ?? contract.queue);
    if (neighbour !== undefined)
      return (await this.#callDirectly(neighbour, contract, request, options)) as z.output<Response>;
    const travelsAlone =
      contract.gathered !== true || options.queue !== undefined || options.idempotencyKey !== undefined;
    if (travelsAlone) return await this.#caller.call(contract, request, options);
    return (await this.#gathererOf(contract).call(request, options)) as z.output<Response>;
  }

  async #callDirectly(
    neighbour: Neighbour,
    contract: CallContract,
    request: unknown,
    options: CallOptions,
  ): Promise<unknown> {
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      return await neighbour.call(contract, request, options);
    } catch (error) {
      const failure = toMeshError(error);
      outcome = failure.code;
      throw failure;
    } finally {
      this.#observe.call(contract.name, outcome, performance.now() - startedAt);
    }
  }

  #gathererOf(contract: CallContract): CallGatherer {
    let gatherer = this.#gatherers.get(contract);
    if (gatherer === undefined) {
      gatherer = new CallGatherer(contract, this.#caller);
      this.#gatherers.set(contract, gatherer);
    }
    return gatherer;
  }

  stream<Request extends z.ZodType, Response extends z.ZodType, Part extends z.ZodType = z.ZodUnknown>(
    contract: CallContract<Request, Response>,
    request: z.input<Request>,
    options: StreamOptions<Part>,
  ): CallStream<z.output<Part>, z.output<Response>> {
    return this.#caller.stream(contract, request, options);
  }

  async submit<Request extends z.ZodType>(
    contract: CallContract<Request>,
    entries: readonly Entry<z.input<Request>>[],
    options: { readonly queue?: string } = {},
  ): Promise<void> {
    const jobs = entries.map((entry) => toBullJob(contract, entry));
    await this.#asking(async () => {
      await this.#connections.queue(options.queue ?? contract.queue).addBulk(jobs);
    });
  }

  async serve(queue: string, handlers: readonly CallHandler[], options: ServeOptions): Promise<Serving> {
    checkQueueName(queue);
    if (this.#servings.has(queue))
      throw new MeshError('CONFLICT', `the queue ${queue} is served already by this instance`);
    const serving = new JoinedServing(queue, () => {
      this.#servings.delete(queue);
    });
    this.#servings.set(queue, serving);
    try {
      await whenReady(this.#connections.work, serveConnectMs);
      await this.#open(serving, handlers, options);
      return serving;
    } catch (error) {
      await serving[Symbol.asyncDispose]();
      throw toQueueError(error);
    }
  }

  /** By BullMQ, as asks, and from within the process: a way that no handler needs is not opened. */
  async #open(serving: JoinedServing, handlers: readonly CallHandler[], options: ServeOptions): Promise<void> {
    const asked = handlers.filter(({ contract }) => contract.repeatable === true);
    const others = handlers.filter(({ contract }) => contract.repeatable !== true);
    if (asked.length > 0) {
      const asks = this.#serveAsks(serving.queue, asked, options);
      serving.add(asks);
      await asks.started();
    }
    if (others.length > 0 || asked.length === 0) {
      const jobs = this.#serveJobs(serving.queue, others, options);
      serving.add(jobs);
      await jobs.started();
    }
    const { sharedProcess: shared } = this.#options;
    if (shared === undefined) return;
    const answerer = this.#answererOf(serving.queue, handlers, options);
    const { stopGraceMs } = options;
    serving.add(new DirectServing({ queue: serving.queue, answerer, shared, stopGraceMs }));
  }

  #serveJobs(queue: string, handlers: readonly CallHandler[], serve: ServeOptions): QueueServing {
    const { logger, lookMs = 2000 } = this.#options;
    const gathered = handlers.filter(({ contract }) => contract.gathered === true);
    return new QueueServing({
      queue,
      handlers: [...handlers, ...gathered.map((handler) => handleBatch(handler, logger))],
      serve,
      work: this.#connections.work,
      subscriptions: this.#openSubscriptions(),
      writer: this.#writer,
      logger,
      observe: (name, kind, outcome, durationMs) => {
        this.#observe.delivery(queue, name, kind, outcome, durationMs);
      },
      lookMs,
    });
  }

  #serveAsks(queue: string, handlers: readonly CallHandler[], options: ServeOptions): AskServing {
    const { concurrency, stopGraceMs } = options;
    const reader = this.#connections.open('blocking', 'asks');
    return new AskServing({
      queue,
      answerer: this.#answererOf(queue, handlers, options),
      concurrency,
      reader,
      work: this.#connections.work,
      writer: this.#writer,
      logger: this.#options.logger,
      stopGraceMs,
      onStopped: () => {
        this.#connections.close(reader);
      },
    });
  }

  #answererOf(queue: string, handlers: readonly CallHandler[], { concurrency }: ServeOptions): CallAnswerer {
    const observe = (name: string, outcome: string, durationMs: number): void => {
      this.#observe.delivery(queue, name, 'call', outcome, durationMs);
    };
    return new CallAnswerer({ handlers, concurrency, logger: this.#options.logger, observe });
  }

  async take<Contract extends CallContract>(
    queue: string,
    contracts: Contract | readonly Contract[],
    options: TakeOptions,
  ): Promise<Lease<Contract>[]> {
    const list: readonly Contract[] = isList(contracts) ? contracts : [contracts];
    return await this.#asking(async () => await this.#taker.take(queue, list, options));
  }

  async cancel(queue: string, jobId: string): Promise<CancelOutcome> {
    return await this.#asking(async () => await this.#canceller.cancel(queue, jobId));
  }

  async state(queue: string, jobId: string): Promise<QueueState> {
    checkQueueName(queue);
    const key = queueKey(queue, jobId);
    return await this.#asking(async () => {
      const { request } = this.#connections;
      const [exists, isLocked, delayedTo] = await Promise.all([
        request.exists(key),
        request.exists(`${key}:lock`),
        request.zscore(queueKey(queue, 'delayed'), jobId),
      ]);
      if (exists === 0) return 'absent';
      if (delayedTo !== null) return 'delayed';
      return isLocked === 1 ? 'active' : 'queued';
    });
  }

  async counts(queue: string): Promise<QueueCounts> {
    checkQueueName(queue);
    return await this.#asking(async () => {
      const { request } = this.#connections;
      const [waiting, prioritized, active, delayed] = await Promise.all([
        request.llen(queueKey(queue, 'wait')),
        request.zcard(queueKey(queue, 'prioritized')),
        request.llen(queueKey(queue, 'active')),
        request.zcard(queueKey(queue, 'delayed')),
      ]);
      return { queued: waiting + prioritized, active, delayed };
    });
  }

  async removeQueue(queue: string): Promise<void> {
    await this.#asking(async () => {
      await this.#connections.removeQueue(queue);
    });
  }

  async appendEvent(jobId: string, type: string, data: unknown): Promise<number> {
    return await this.#asking(async () => await this.#events.append(jobId, type, data));
  }

  follow(jobId: string, options: FollowOptions = {}): AsyncIterable<JobEvent> {
    return this.#events.follow(jobId, options);
  }

  async untilEvent(
    jobId: string,
    isWanted: (event: Pick<JobEvent, 'type' | 'data'>) => boolean,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    await this.#asking(async () => {
      await this.#events.until(jobId, isWanted, signal);
    });
  }

  async #asking<T>(run: () => Promise<T>): Promise<T> {
    try {
      await this.#connections.requestReady();
      return await run();
    } catch (error) {
      throw toQueueError(error);
    }
  }

  /** Stops what is served, with its grace, then ends the waiting calls and closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#servings.values()].map(async (serving) => {
        await serving[Symbol.asyncDispose]();
      }),
    );
    await this.#taker[Symbol.asyncDispose]();
    this.#caller.failAll(new MeshError('QUEUE_UNAVAILABLE', 'this service stops'));
    await this.#replies?.[Symbol.asyncDispose]();
    this.#subscriptions?.[Symbol.dispose]();
    await this.#connections[Symbol.asyncDispose]();
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function toBullJob(contract: CallContract, { jobId, request, priority = defaultPriority }: Entry<unknown>) {
  checkJobId(jobId);
  if (!Number.isInteger(priority) || priority < 1 || priority > maxPriority) {
    throw new MeshError('BAD_REQUEST', `the priority of ${jobId} is not between 1 and ${String(maxPriority)}`);
  }
  const value = parseValue(contract.request, request, 'BAD_REQUEST', `the request of ${contract.name}`);
  encodeValue(value, `the request of ${contract.name}`);
  const data: Envelope = {
    v: 1,
    kind: 'entry',
    name: contract.name,
    version: contract.version,
    request: value,
    requestId: jobId,
  };
  return { name: contract.name, data, opts: { ...entryOptions, jobId, priority } };
}

function createObservers(metrics: Metrics | undefined) {
  const calls = metrics?.duration({
    name: 'mesh_call_duration_seconds',
    help: 'Calls as their callers saw them, by outcome: ok or an error code',
    labels: ['contract', 'outcome'],
  });
  const deliveries = metrics?.duration({
    name: 'mesh_delivery_duration_seconds',
    help: 'Deliveries as their consumers saw them',
    labels: ['queue', 'contract', 'kind', 'outcome'],
  });
  return {
    call: (contract: string, outcome: string, durationMs: number): void => {
      calls?.observe({ contract, outcome }, durationMs / 1000);
    },
    delivery: (queue: string, contract: string, kind: string, outcome: string, durationMs: number): void => {
      deliveries?.observe({ queue, contract, kind, outcome }, durationMs / 1000);
    },
  };
}

/**
 * Opens the door to the queues. It connects in the background; the first call waits for that a moment.
 * Dispose of it at the end: that stops what it serves.
 */
export function createJobQueue(options: JobQueueOptions): JobQueue {
  return new RedisJobQueue(options);
}
