import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';

export type ReplyKind = 'part' | 'answer' | 'error';

export interface Reply {
  readonly callId: string;
  readonly kind: ReplyKind;
  /** `part`: an array of parts; else one value. */
  readonly json: string;
}

export interface ReplyReaderOptions {
  readonly stream: string;
  /** The stream disappears when it was not renewed for this long, and with it the handlers of our calls stop. */
  readonly lifeMs: number;
  /** Blocked while it waits for entries. */
  readonly reader: RedisClient;
  readonly request: RedisClient;
  readonly onReply: (reply: Reply) => void;
  readonly logger: Logger;
}

const blockMs = 2000;
const heartbeatMs = 1000;
const trimEvery = 64;

/** Reads the one stream on which all answers for this instance arrive, and keeps it alive and short. */
export class ReplyReader implements AsyncDisposable {
  readonly #options: ReplyReaderOptions;
  readonly #timer: NodeJS.Timeout;
  #created: Promise<void> | undefined;
  #lastId = '0-0';
  #unTrimmed = 0;
  readonly #stopping = new AbortController();

  constructor(options: ReplyReaderOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#heartbeat(), heartbeatMs);
    this.#timer.unref();
    void this.#readUntilStopped();
  }

  /** Resolves once there is a stream for answers. Rejects as Redis does, and tries again at the next call. */
  async ready(): Promise<void> {
    this.#created ??= this.#create().catch((error: unknown) => {
      this.#created = undefined;
      throw error;
    });
    await this.#created;
  }

  /** Writers append only to a stream that exists, so that nothing is left behind for a dead reader. */
  async #create(): Promise<void> {
    const { stream, request, lifeMs } = this.#options;
    this.#lastId = '0-0';
    await request.multi().xadd(stream, 'MAXLEN', 0, '*', 'o', '').pexpire(stream, lifeMs).exec();
  }

  async #heartbeat(): Promise<void> {
    if (this.#created === undefined) return;
    const { stream, request, lifeMs, logger } = this.#options;
    try {
      await this.#created;
      if ((await request.pexpire(stream, lifeMs)) === 1) {
        if (this.#unTrimmed > 0) await this.#trim();
        return;
      }
      await this.#create();
      logger.warn('the reply stream was lost and is made anew');
    } catch (error) {
      logger.debug({ err: error }, 'the reply stream could not be renewed');
    }
  }

  async #readUntilStopped(): Promise<void> {
    const { stream, reader, logger } = this.#options;
    while (!this.#isStopping()) {
      try {
        const streams = await reader.xread('COUNT', 512, 'BLOCK', blockMs, 'STREAMS', stream, this.#lastId);
        for (const [id, fields] of streams?.[0]?.[1] ?? []) this.#accept(id, fields);
        if (this.#unTrimmed >= trimEvery) void this.#trim().catch(() => undefined);
      } catch (error) {
        if (this.#isStopping()) return;
        logger.debug({ err: error }, 'the reply stream could not be read');
        await delay(100);
      }
    }
  }

  #accept(id: string, fields: string[]): void {
    this.#lastId = id;
    this.#unTrimmed++;
    const [, callId = '', , kind = '', , json = ''] = fields;
    if (kind === 'part' || kind === 'answer' || kind === 'error') this.#options.onReply({ callId, kind, json });
  }

  /** What stays in the stream is what its writers see as backlog. */
  async #trim(): Promise<void> {
    this.#unTrimmed = 0;
    await this.#options.request.xtrim(this.#options.stream, 'MINID', this.#lastId);
  }

  /** Asked again after each wait, which a plain property would not be. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    this.#options.reader.disconnect();
    if (this.#created !== undefined) await this.#options.request.del(this.#options.stream).catch(() => undefined);
  }
}
