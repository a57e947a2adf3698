import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '@infermesh/redis';
import type { ReplyKind } from './reply-reader.js';

/** How long a reader's stream may be missing before the reader counts as gone: it makes it anew within 1 s. */
const missingToleranceMs = [300, 700, 1000, 1500];

/** Appends to the reply streams of callers. */
export class ReplyWriter {
  readonly #redis: () => RedisClient;

  /** @param redis opened at the first answer: who only asks needs no connection for it */
  constructor(redis: () => RedisClient) {
    this.#redis = redis;
  }

  /** Resolves to false when nobody reads the stream any more. Written at once, in order of calls. */
  async append(replyTo: string, callId: string, kind: ReplyKind, json: string): Promise<boolean> {
    for (const waitMs of [...missingToleranceMs, undefined]) {
      const id = await this.#redis().xadd(replyTo, 'NOMKSTREAM', '*', 'c', callId, 'k', kind, 'd', json);
      if (id !== null) return true;
      if (waitMs !== undefined) await delay(waitMs);
    }
    return false;
  }

  /** Entries that the reader has not taken yet, give or take a few. */
  async backlog(replyTo: string): Promise<number> {
    return await this.#redis().xlen(replyTo);
  }
}
