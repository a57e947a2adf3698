import { setTimeout as delay } from 'node:timers/promises';
import { MeshError, toErrorDto } from '@infermesh/errors';
import type { RedisClient } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';
import type { CallAnswerer } from './call-answerer.js';
import { parseAsk, replyStreamOf, type Ask } from './envelope.js';
import type { Serving } from './job-queue.js';
import { OpenCall } from './open-call.js';
import { pushAsk } from './push-ask.js';
import { asksKey } from './queue-keys.js';
import type { ReplyWriter } from './reply-writer.js';

export interface AskServingOptions {
  readonly queue: string;
  readonly answerer: CallAnswerer;
  readonly concurrency: number;
  /** Its own: it blocks. Closed with the serving. */
  readonly reader: RedisClient;
  /** For what must not wait behind a blocked command. */
  readonly work: RedisClient;
  readonly writer: ReplyWriter;
  readonly logger: Logger;
  readonly stopGraceMs: number;
  readonly onStopped: () => void;
}

const blockSeconds = 1;
const maxAtOnce = 64;
/** After a failed read, in milliseconds. */
const retryMs = 100;
/** A request of 64 KiB, and what is written beside it. */
const maxAskLength = 80_000;
/** An ask that only wakes who waits for one. */
const wakeUp = '';

/** Answers asks: calls that bear repetition, and so travel on a plain list (ADR 0019). */
export class AskServing implements Serving {
  readonly queue: string;
  readonly #options: AskServingOptions;
  readonly #reading: Promise<void>;
  #concurrency: number;
  #isPaused = false;
  #isStopping = false;
  #onChange: (() => void) | undefined;

  constructor(options: AskServingOptions) {
    this.queue = options.queue;
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#reading = this.#readUntilStopped();
  }

  /** @throws as Redis does, where this user may not read the list */
  async started(): Promise<void> {
    await this.#options.work.lindex(asksKey(this.queue), 0);
  }

  get activeCount(): number {
    return this.#options.answerer.activeCount;
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#options.answerer.setConcurrency(concurrency);
    this.#onChange?.();
  }

  pause(): Promise<void> {
    this.#isPaused = true;
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#isPaused = false;
    this.#onChange?.();
    return Promise.resolve();
  }

  async #readUntilStopped(): Promise<void> {
    const { reader, logger } = this.#options;
    const key = asksKey(this.queue);
    let hasFailed = false;
    while (!this.#hasStopped()) {
      try {
        const count = Math.min(await this.#untilRoom(), maxAtOnce);
        if (this.#hasStopped()) return;
        const popped = await reader.blmpop(blockSeconds, 1, key, 'LEFT', 'COUNT', count);
        hasFailed = false;
        for (const text of popped?.[1] ?? []) if (text !== wakeUp) void this.#answer(text);
      } catch (error) {
        if (this.#hasStopped()) return;
        logger[hasFailed ? 'debug' : 'warn']({ err: error, queue: this.queue }, 'asks could not be read');
        hasFailed = true;
        await delay(retryMs);
      }
    }
  }

  /** Places that are free, as soon as there is one. */
  async #untilRoom(): Promise<number> {
    for (;;) {
      const room = this.#isPaused ? 0 : this.#concurrency - this.activeCount;
      if (room > 0 || this.#hasStopped()) return Math.max(room, 1);
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
      this.#onChange = undefined;
    }
  }

  async #answer(text: string): Promise<void> {
    const { writer, logger } = this.#options;
    const ask = this.#open(text);
    if (ask === undefined || ask.deadlineAt <= Date.now()) return;
    let kind: 'answer' | 'error' = 'answer';
    let json: string;
    try {
      const { name, version, request, requestId, deadlineAt, idempotencyKey } = ask;
      const call = new OpenCall({ deadlineAt, requestId, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
      json = await this.#options.answerer.answer({ name, version }, request, call);
    } catch (error) {
      kind = 'error';
      json = JSON.stringify(toErrorDto(error));
    }
    this.#onChange?.();
    await writer.append(ask.replyTo, ask.id, kind, json).catch((error: unknown) => {
      logger.warn({ err: error, contract: ask.name }, 'an answer could not be sent');
    });
  }

  /** Undefined for what cannot be read; a caller of another version is told, as far as its ask can be read. */
  #open(text: string): Ask | undefined {
    const { logger, writer } = this.#options;
    let data: unknown;
    try {
      if (text.length > maxAskLength) throw new Error(`it has ${String(text.length)} characters`);
      data = JSON.parse(text);
      return parseAsk(data);
    } catch (error) {
      logger.warn({ err: error, queue: this.queue }, 'an ask cannot be read and is dropped');
      const replyTo = replyStreamOf(data);
      const id = (data as { readonly id?: unknown } | undefined)?.id;
      if (error instanceof MeshError && replyTo !== undefined && typeof id === 'string') {
        writer.append(replyTo, id, 'error', JSON.stringify(toErrorDto(error))).catch(() => undefined);
      }
      return undefined;
    }
  }

  /** A function, because the compiler takes a property it has read once for unchanging. */
  #hasStopped(): boolean {
    return this.#isStopping;
  }

  /** What the last read has taken is still answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#onChange?.();
    const { work, answerer, stopGraceMs, onStopped } = this.#options;
    const over = new AbortController();
    pushAsk(work, this.queue, wakeUp).catch(() => undefined);
    const patience = delay(2 * blockSeconds * 1000, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.#reading, patience]);
    over.abort();
    await answerer.drain(stopGraceMs);
    onStopped();
  }
}
