import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { MeshError, fromErrorDto, type ErrorDto } from '@infermesh/errors';
import { childEntry } from '@infermesh/lifecycle';
import { measureJson } from './measure-json.js';
import { parseJson } from './parse-json.js';

/** Bodies of more objects, arrays and keys are parsed on the thread, however small they are. */
const inlineParts = 10_000;

interface Reply {
  readonly value?: unknown;
  readonly error?: ErrorDto;
}

export interface JsonReaderOptions {
  /** Larger bodies are parsed on a thread. */
  readonly inlineBytes: number;
  /** Large bodies that may wait for the thread; past it SERVICE_UNAVAILABLE. */
  readonly maxWaiting: number;
  /** Of the thread; a body that needs more is refused, and the thread replaced. */
  readonly maxHeapMb: number;
}

/**
 * Parses JSON, large bodies on one thread of its own, one after the other. The thread starts at its first use. Handing
 * the value back costs the event loop a copy: a fifth of the parse for long strings and arrays of numbers, and up to 3 us
 * for each object, array and key, which parseJson therefore bounds.
 */
export class JsonReader implements AsyncDisposable {
  readonly #options: JsonReaderOptions;
  #thread: Worker | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: JsonReaderOptions) {
    this.#options = options;
  }

  /** @throws MeshError BAD_REQUEST, SERVICE_UNAVAILABLE */
  async read(bytes: Uint8Array): Promise<unknown> {
    if (bytes.length <= this.#options.inlineBytes) {
      const measure = measureJson(bytes);
      if (measure.partCount <= inlineParts) return parseJson(bytes, measure);
    }
    if (this.#waiting >= this.#options.maxWaiting) {
      throw new MeshError('SERVICE_UNAVAILABLE', 'too many large requests at once', { retryAfterSeconds: 1 });
    }
    this.#waiting += 1;
    const mine = this.#turn.then(() => this.#readOnThread(bytes));
    this.#turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #readOnThread(bytes: Uint8Array): Promise<unknown> {
    const thread = (this.#thread ??= startThread(this.#options.maxHeapMb));
    const copy = new Uint8Array(bytes);
    thread.postMessage(copy, [copy.buffer]);
    try {
      const reply = await replyOf(thread);
      if (reply.error !== undefined) throw fromErrorDto(reply.error);
      return reply.value;
    } catch (error) {
      if (error instanceof MeshError) throw error;
      this.#thread = undefined;
      void thread.terminate();
      throw new MeshError('BODY_TOO_LARGE', 'the JSON needs more memory than a request may use', { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

function startThread(maxHeapMb: number): Worker {
  const thread = new Worker(childEntry(import.meta.url, './json-worker.js'), {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  thread.unref();
  return thread;
}

async function replyOf(thread: Worker): Promise<Reply> {
  const settled = new AbortController();
  const { signal } = settled;
  const replied = once(thread, 'message', { signal }).then(([reply]) => reply as Reply);
  const ended = once(thread, 'exit', { signal }).then(() => Promise.reject(new Error('the JSON thread ended')));
  try {
    return await Promise.race([replied, ended]);
  } finally {
    settled.abort();
  }
}
