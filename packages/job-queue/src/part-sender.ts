import { setTimeout as delay } from 'node:timers/promises';
import { encodeValue, maxValueBytes } from './envelope.js';
import type { ReplyWriter } from './reply-writer.js';

export interface PartSenderOptions {
  readonly writer: ReplyWriter;
  readonly replyTo: string;
  readonly callId: string;
  /** The caller's process is gone. */
  readonly onVanished: () => void;
  readonly signal: AbortSignal;
}

/** A value of full size, and what names it. */
const maxPartBytes = maxValueBytes + 1024;

const gatherMs = 10;
const gatherBytes = 16_384;
/** Unread entries in the caller's stream at which this side stops sending. */
const maxBacklog = 512;
/** A resume can get lost; the caller asks for another pause when it still has too much. */
const longestPauseMs = 2000;

/** Gathers the parts of one call, and sends no faster than they are read. */
export class PartSender {
  readonly #options: PartSenderOptions;
  #parts: string[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  #lastSentAt = 0;
  #pausedUntil = 0;
  #wake: AbortController | undefined;
  #isDead = false;
  #isFinishing = false;

  constructor(options: PartSenderOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for another part. @throws MeshError BODY_TOO_LARGE; the abort's reason */
  async emit(part: unknown): Promise<void> {
    this.#options.signal.throwIfAborted();
    const text = encodeValue(part, 'a part', maxPartBytes);
    this.#parts.push(text);
    this.#bytes += Buffer.byteLength(text);
    this.#sending ??= this.#send();
    if (this.#bytes >= gatherBytes) {
      this.#wake?.abort();
      await this.#sending;
      this.#options.signal.throwIfAborted();
    }
  }

  pause(): void {
    this.#pausedUntil = performance.now() + longestPauseMs;
  }

  resume(): void {
    this.#pausedUntil = 0;
    this.#wake?.abort();
  }

  /** Sends what is left. The answer may follow. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#wake?.abort();
    await this.#sending;
  }

  /** One at a time, until the buffer is empty. Never rejects: a failure shows as a vanished reader. */
  async #send(): Promise<void> {
    try {
      await this.#sleep(this.#lastSentAt + gatherMs - performance.now());
      while (this.#parts.length > 0 && !this.#isDead) await this.#sendOnce();
    } catch {
      this.#die();
    } finally {
      this.#sending = undefined;
    }
  }

  async #sendOnce(): Promise<void> {
    const { writer, replyTo, callId } = this.#options;
    while (this.#isPaused()) await this.#sleep(this.#pausedUntil - performance.now());
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    this.#lastSentAt = performance.now();
    for (const json of toArrays(parts)) {
      const [isRead, backlog] = await Promise.all([
        writer.append(replyTo, callId, 'part', json),
        writer.backlog(replyTo),
      ]);
      if (!isRead) {
        this.#die();
        return;
      }
      if (backlog > maxBacklog) await this.#waitForReader();
    }
    if (this.#parts.length > 0 && this.#bytes < gatherBytes && !this.#isFinishing)
      await this.#sleep(this.#lastSentAt + gatherMs - performance.now());
  }

  #isPaused(): boolean {
    return performance.now() < this.#pausedUntil && !this.#isFinishing && !this.#options.signal.aborted;
  }

  async #waitForReader(): Promise<void> {
    const { writer, replyTo, signal } = this.#options;
    for (let waitMs = 10; !signal.aborted; waitMs = Math.min(200, waitMs * 2)) {
      await delay(waitMs);
      if ((await writer.backlog(replyTo)) <= maxBacklog / 2) return;
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0) return;
    this.#wake = new AbortController();
    await delay(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    this.#wake = undefined;
  }

  #die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#parts = [];
    this.#options.onVanished();
  }
}

/** JSON arrays of at most 16 KiB, or of one part that is larger. */
function toArrays(parts: readonly string[]): string[] {
  const arrays: string[] = [];
  let group: string[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (group.length > 0 && bytes + part.length > gatherBytes) {
      arrays.push(`[${group.join(',')}]`);
      group = [];
      bytes = 0;
    }
    group.push(part);
    bytes += part.length;
  }
  if (group.length > 0) arrays.push(`[${group.join(',')}]`);
  return arrays;
}
