import type { CallContract } from '@infermesh/contracts';
import { MeshError, toErrorDto } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import type { z } from 'zod';
import type { Connections } from './connections.js';
import { endLease } from './end-lease.js';
import { checkVersion, parseEnvelope, parseValue, replyStreamOf } from './envelope.js';
import type { Lease, TakeOptions } from './job-queue.js';
import { encodeLeaseToken } from './lease-token.js';
import { checkQueueName, queueKey } from './queue-keys.js';
import type { ReplyWriter } from './reply-writer.js';
import { TakePoint, type TakenJob } from './take-point.js';

export interface TakerOptions {
  readonly connections: Connections;
  readonly writer: ReplyWriter;
  readonly logger: Logger;
  readonly leaseCheckMs: number;
}

/** Leases jobs to pullers: one line a queue. */
export class Taker implements AsyncDisposable {
  readonly #options: TakerOptions;
  readonly #points = new Map<string, Promise<TakePoint>>();

  constructor(options: TakerOptions) {
    this.#options = options;
  }

  async take<Contract extends CallContract>(
    queue: string,
    contracts: readonly Contract[],
    options: TakeOptions,
  ): Promise<Lease<Contract>[]> {
    checkQueueName(queue);
    await this.#options.connections.requestReady();
    const point = await this.#point(queue);
    const leases = new Map<string, Lease<Contract>>();
    const accept = async (taken: TakenJob): Promise<boolean> => {
      try {
        leases.set(taken.lockToken, toLease(queue, contracts, taken));
        return true;
      } catch (error) {
        await this.#refuse(queue, taken, error);
        return false;
      }
    };
    const taken = await point.take(options, accept);
    return taken.flatMap(({ lockToken }) => leases.get(lockToken) ?? []);
  }

  async #point(queue: string): Promise<TakePoint> {
    const { connections, logger, leaseCheckMs } = this.#options;
    const known = this.#points.get(queue);
    if (known !== undefined) return await known;
    const onExpired = (jobId: string): void => {
      this.#tellOfLoss(queue, jobId).catch((error: unknown) => {
        logger.warn({ err: error, jobId, queue }, 'a caller was not told that its worker is lost');
      });
    };
    const point = new TakePoint({ queue, work: connections.work, logger, leaseCheckMs, onExpired });
    const started = point.started().then(() => point);
    this.#points.set(queue, started);
    try {
      return await started;
    } catch (error) {
      // BullMQ begins once: what could not begin would refuse every take for ever
      if (this.#points.get(queue) === started) this.#points.delete(queue);
      await point[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A call is not run twice: its caller need not wait until the next puller comes. An entry waits for that one. */
  async #tellOfLoss(queue: string, jobId: string): Promise<void> {
    const { connections, writer } = this.#options;
    const data = await connections.work.hget(queueKey(queue, jobId), 'data');
    if (data === null) return;
    const { kind, replyTo } = parseEnvelope(readData(data));
    if (kind !== 'call' || replyTo === undefined) return;
    if ((await connections.queue(queue).remove(jobId)) === 0) return; // a puller has it by now, who then tells the caller
    const lost = new MeshError('WORKER_LOST', 'the worker that ran the call died');
    await writer.append(replyTo, jobId, 'error', JSON.stringify(toErrorDto(lost)));
  }

  /** Ends a job that nobody here may run, and tells its caller. */
  async #refuse(queue: string, { jobId, lockToken, data }: TakenJob, error: unknown): Promise<void> {
    const { connections, logger, writer } = this.#options;
    logger.warn({ err: error, jobId, queue }, 'a job could not be leased and is dropped');
    await endLease(connections.work, { queue, jobId, lockToken });
    const replyTo = replyStreamOf(readData(data));
    if (replyTo !== undefined) await writer.append(replyTo, jobId, 'error', JSON.stringify(toErrorDto(error)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const points = await Promise.allSettled(this.#points.values());
    for (const point of points) if (point.status === 'fulfilled') await point.value[Symbol.asyncDispose]();
  }
}

/** @throws MeshError why this job must not be run */
function toLease<Contract extends CallContract>(
  queue: string,
  contracts: readonly Contract[],
  { jobId, lockToken, data, stalledCount, deliveryAttempt }: TakenJob,
): Lease<Contract> {
  const envelope = parseEnvelope(readData(data));
  const isCall = envelope.kind === 'call';
  if (isCall && stalledCount > 0) throw new MeshError('WORKER_LOST', 'the worker that ran the call died');
  if (isCall && (envelope.deadlineAt ?? 0) <= Date.now()) {
    throw new MeshError('DEADLINE_EXCEEDED', 'the call was not taken before its deadline');
  }
  const contract = contracts.find(({ name }) => name === envelope.name);
  if (contract === undefined) throw new MeshError('SERVICE_UNAVAILABLE', `nobody here answers ${envelope.name}`);
  checkVersion(contract, envelope);
  return {
    token: encodeLeaseToken({ queue, jobId, lockToken }),
    jobId,
    contract,
    request: parseValue(
      contract.request,
      envelope.request,
      'BAD_REQUEST',
      `the request of ${envelope.name}`,
    ) as z.output<Contract['request']>,
    requestId: envelope.requestId,
    deliveryAttempt,
    ...(envelope.deadlineAt === undefined ? {} : { deadlineAt: envelope.deadlineAt }),
    ...(envelope.idempotencyKey === undefined ? {} : { idempotencyKey: envelope.idempotencyKey }),
  };
}

/** Undefined for what is no JSON, which is no envelope either. */
function readData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
