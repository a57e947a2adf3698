import { setTimeout as delay } from 'node:timers/promises';
import { toMeshError } from '@infermesh/errors';
import { z } from 'zod';
import type { Connections } from './connections.js';
import { encodeValue } from './envelope.js';
import type { FollowOptions, JobEvent } from './job-queue.js';
import { checkJobId, eventStream, jobChannel } from './queue-keys.js';
import type { SharedProcess } from './shared-process.js';
import type { Subscriptions } from './subscriptions.js';

export interface JobEventsOptions {
  readonly connections: Connections;
  readonly subscriptions: () => Subscriptions;
  readonly eventLifeMs: number;
  readonly sharedProcess: SharedProcess | undefined;
}

type EventTest = (event: Pick<JobEvent, 'type' | 'data'>) => boolean;

const maxEvents = 1000;
const pageSize = 200;
/** A follower that was not woken looks by itself; sooner when it could not look. */
const fallbackMs = 3000;
const retryMs = 300;

/**
 * Appends, prolongs and wakes in one command. Always sent as a whole: by its digest it would be refused after a restart of Redis, and
 * events that are sent again overtake each other.
 */
const appendScript = `
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', ARGV[2], 'd', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], 'event')
return id`;

const perMillisecond = 1000;

/** Redis counts `<milliseconds>-<n>`; as one number it stays exact until the year 2255. */
function toSeq(id: string): number {
  const [ms = '0', n = '0'] = id.split('-');
  return Number(ms) * perMillisecond + Math.min(Number(n), perMillisecond - 1);
}

function toId(seq: number): string {
  return `${String(Math.floor(seq / perMillisecond))}-${String(seq % perMillisecond)}`;
}

/** The durable events of jobs: a bounded, expiring stream each. */
export class JobEvents {
  readonly #options: JobEventsOptions;

  constructor(options: JobEventsOptions) {
    this.#options = options;
  }

  async append(jobId: string, type: string, data: unknown): Promise<number> {
    checkJobId(jobId);
    const { connections, eventLifeMs, sharedProcess } = this.#options;
    sharedProcess?.announce(jobId, type, data);
    const json = encodeValue(data, 'an event');
    await connections.requestReady();
    const stream = eventStream(jobId);
    const channel = jobChannel(jobId);
    const id = await connections.request.eval(appendScript, 1, stream, maxEvents, type, json, eventLifeMs, channel);
    return toSeq(z.string().parse(id));
  }

  async *follow(jobId: string, { afterSeq = 0, signal }: FollowOptions): AsyncGenerator<JobEvent, void, undefined> {
    checkJobId(jobId);
    await this.#options.connections.requestReady();
    const wake = new WakeUp(signal);
    let lastSeq = afterSeq;
    const leave = await this.#options.subscriptions().listen(jobChannel(jobId), () => {
      wake.ring();
    });
    try {
      while (!isAborted(signal)) {
        const entries = await this.#read(jobId, lastSeq);
        for (const [id, fields] of entries ?? []) {
          if (isAborted(signal)) return;
          lastSeq = toSeq(id);
          const event = parseEvent(lastSeq, fields);
          if (event !== undefined) yield event;
        }
        if (entries === undefined) await wake.wait(retryMs);
        else if (entries.length < pageSize) await wake.wait(fallbackMs);
      }
    } finally {
      leave();
      wake.close();
    }
  }

  /** Whoever waits in the process that appends hears of it before Redis does, and so out of turn. */
  async until(jobId: string, isWanted: EventTest, signal: AbortSignal | undefined): Promise<void> {
    const over = new AbortController();
    let leave: (() => void) | undefined;
    const heardHere = new Promise<void>((resolve, reject) => {
      leave = this.#options.sharedProcess?.listen(jobId, (type, data) => {
        try {
          if (isWanted({ type, data })) resolve();
        } catch (error) {
          reject(toMeshError(error)); // its own fault, and not that of who appends
        }
      });
    });
    const anySignal = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    try {
      await Promise.race([heardHere, this.#followUntil(jobId, isWanted, anySignal)]);
    } finally {
      leave?.();
      over.abort();
    }
  }

  async #followUntil(jobId: string, isWanted: EventTest, signal: AbortSignal): Promise<void> {
    for await (const event of this.follow(jobId, { signal })) if (isWanted(event)) return;
  }

  /** Entries after `seq`; undefined while Redis is away. */
  async #read(jobId: string, seq: number): Promise<[id: string, fields: string[]][] | undefined> {
    const { request } = this.#options.connections;
    try {
      return await request.xrange(eventStream(jobId), `(${toId(seq)}`, '+', 'COUNT', pageSize);
    } catch (error) {
      if (this.#options.connections.isClosed) throw error;
      return undefined;
    }
  }
}

/** Undefined for an entry that is no event: it is passed over, or no later one would ever be seen. */
function parseEvent(seq: number, fields: readonly string[]): JobEvent | undefined {
  const [typeName, type, dataName, json] = fields;
  if (typeName !== 't' || type === undefined || dataName !== 'd' || json === undefined) return undefined;
  try {
    return { seq, type, data: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A bell that is also heard when it rang a moment before. */
class WakeUp {
  readonly #signal: AbortSignal | undefined;
  #rang = false;
  #sleep: AbortController | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.ring);
  }

  readonly ring = (): void => {
    this.#rang = true;
    this.#sleep?.abort();
  };

  close(): void {
    this.#signal?.removeEventListener('abort', this.ring);
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rang && !isAborted(this.#signal)) {
      this.#sleep = new AbortController();
      await delay(timeoutMs, undefined, { signal: this.#sleep.signal }).catch(() => undefined);
      this.#sleep = undefined;
    }
    this.#rang = false;
  }
}
