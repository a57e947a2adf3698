import type { CallContract } from '@infermesh/contracts';
import { MeshError, toErrorDto } from '@infermesh/errors';
import type { z } from 'zod';
import type { Connections } from './connections.js';
import { endLease } from './end-lease.js';
import { encodeValue, parseEnvelope, parseValue, type Envelope } from './envelope.js';
import type { LeaseOutcome, Leases, LeaseStanding } from './job-queue.js';
import { LeaseRenewals } from './lease-renewals.js';
import { decodeLeaseToken, type LeaseTarget } from './lease-token.js';
import { isStale, toQueueError } from './queue-error.js';
import { queueKey } from './queue-keys.js';
import type { ReplyWriter } from './reply-writer.js';

/** Leases by their tokens alone: nothing about them is kept here. */
export class LeaseKeeper implements Leases {
  readonly #connections: Connections;
  readonly #writer: ReplyWriter;
  readonly #renewals: LeaseRenewals;

  constructor(connections: Connections, writer: ReplyWriter) {
    this.#connections = connections;
    this.#writer = writer;
    this.#renewals = new LeaseRenewals(connections);
  }

  async renew(token: string, leaseMs: number): Promise<LeaseStanding> {
    return await this.#guard(async () => {
      return await this.#renewals.renew(decodeLeaseToken(token), leaseMs);
    }).catch((error: unknown) => {
      if (error instanceof MeshError && error.code === 'STALE_CLAIM') return 'lost';
      throw error;
    });
  }

  async emit(token: string, part: unknown): Promise<void> {
    await this.#guard(async () => {
      const target = decodeLeaseToken(token);
      const json = encodeValue(part, 'a part');
      const { replyTo } = await this.#heldEnvelope(target);
      if (replyTo !== undefined) await this.#writer.append(replyTo, target.jobId, 'part', `[${json}]`);
    });
  }

  async finish<Contract extends CallContract>(
    contract: Contract,
    token: string,
    outcome: LeaseOutcome<z.input<Contract['response']>>,
  ): Promise<void> {
    const target = decodeLeaseToken(token);
    const json =
      'error' in outcome ? JSON.stringify(toErrorDto(outcome.error)) : encodeResponse(contract, outcome.response);
    await this.#guard(async () => {
      const data = await endLease(this.#connections.request, target); // first: whoever comes too late must not answer
      if (data === undefined) throw stale();
      const { replyTo } = parseEnvelope(JSON.parse(data));
      const kind = 'error' in outcome ? 'error' : 'answer';
      if (replyTo !== undefined) await this.#writer.append(replyTo, target.jobId, kind, json);
    });
  }

  async giveBack(token: string): Promise<void> {
    await this.#guard(async () => {
      const { queue, jobId, lockToken } = decodeLeaseToken(token);
      await this.#connections.queue(queue).backend.moveJobFromActiveToWait(jobId, lockToken);
    });
  }

  async #heldEnvelope({ queue, jobId, lockToken }: LeaseTarget): Promise<Envelope> {
    const { request } = this.#connections;
    const key = queueKey(queue, jobId);
    const [holder, data] = await Promise.all([request.get(`${key}:lock`), request.hget(key, 'data')]);
    if (holder !== lockToken || data === null) throw stale();
    return parseEnvelope(JSON.parse(data));
  }

  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      await this.#connections.requestReady();
      return await run();
    } catch (error) {
      throw isStale(error) ? stale(error) : toQueueError(error);
    }
  }
}

function stale(cause?: unknown): MeshError {
  return new MeshError('STALE_CLAIM', 'the lease has expired', { cause });
}

function encodeResponse(contract: CallContract, response: unknown): string {
  const what = `the response of ${contract.name}`;
  return encodeValue(parseValue(contract.response, response, 'INTERNAL', what), what);
}
