import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from '@infermesh/redis';
import type { ReplyKind } from './reply-reader.js';

/** How long a reader's stream may be missing before the reader counts as gone: it makes it anew within 1 s. */
const missingToleranceMs = [300, 700, 1000, 1500];

/** Appends to the reply streams of callers. */
export class ReplyWriter {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Resolves to the length of the stream, undefined when nobody reads it any more. Written at once, in order of calls. */
  async append(replyTo: string, callId: string, kind: ReplyKind, json: string): Promise<number | undefined> {
    for (const waitMs of [...missingToleranceMs, undefined]) {
      const results = await this.#redis
        .pipeline()
        .xadd(replyTo, 'NOMKSTREAM', '*', 'c', callId, 'k', kind, 'd', json)
        .xlen(replyTo)
        .exec();
      const [added, length] = results ?? [];
      if (added?.[0] != null) throw added[0];
      if (added?.[1] != null) return Number(length?.[1]);
      if (waitMs !== undefined) await delay(waitMs);
    }
    return undefined;
  }

  async backlog(replyTo: string): Promise<number> {
    return await this.#redis.xlen(replyTo);
  }
}
