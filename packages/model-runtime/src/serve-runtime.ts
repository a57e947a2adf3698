import { MeshError, toErrorDto } from '@infermesh/errors';
import { Batcher } from './batcher.js';
import type { FromChild, ToChild, Vitals } from './messages.js';
import { OnnxSessionFactory } from './onnx-session-factory.js';
import { errorDetail, toLoadError } from './run-error.js';
import type { LoadedRuntime, Runtime } from './runtime.js';
import { ServedItem } from './served-item.js';
import { watchParent } from './watch-parent.js';

/**
 * Makes this process a model process: the one call of a child's entry file. The process loads what its parent names,
 * runs items, and ends when its parent lets go of it or dies.
 */
export function serveRuntime<Options, Item, Result>(runtime: Runtime<Options, Item, Result>): void {
  watchParent();
  const server = new RuntimeServer(runtime);
  process.on('message', (message: ToChild) => {
    server.receive(message);
  });
  process.once('disconnect', () => {
    void server.stop();
  });
  // A Ctrl-C in a terminal reaches the whole process group; the parent decides when a model process ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  void send({ type: 'booted', kind: runtime.kind });
}

/** Resolves when the message has left, or when nobody is there to read it. */
function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else {
      process.send(message, undefined, undefined, () => {
        resolve();
      });
    }
  });
}

/** The kernel is asked for the memory only so often, however small the items are. */
const vitalsLifeMs = 100;

class RuntimeServer<Options, Item, Result> {
  readonly #runtime: Runtime<Options, Item, Result>;
  readonly #stopping = new AbortController();
  readonly #items = new Map<number, ServedItem<Item, Result>>();
  #running: readonly ServedItem<Item, Result>[] = [];
  #loaded: LoadedRuntime<Item, Result> | null = null;
  #batcher: Batcher<ServedItem<Item, Result>> | null = null;
  #sessions: OnnxSessionFactory | null = null;
  #rssBytes = 0;
  #measuredMs = -Infinity;

  constructor(runtime: Runtime<Options, Item, Result>) {
    this.#runtime = runtime;
  }

  receive(message: ToChild): void {
    switch (message.type) {
      case 'load':
        void this.#load(message);
        break;
      case 'run':
        this.#add(message.id, message.item);
        break;
      case 'cancel':
        this.#cancel(message.id);
        break;
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const item of this.#items.values()) item.abort();
    await this.#loaded?.dispose();
  }

  async #load({
    options,
    checkpoints,
    executionProviders,
    threads,
    scratchFolder,
  }: Extract<ToChild, { type: 'load' }>): Promise<void> {
    try {
      const sessions = new OnnxSessionFactory({ executionProviders, threads });
      this.#sessions = sessions;
      const loaded = await this.#runtime.load({
        options: this.#runtime.schema.options.parse(options),
        checkpoints,
        sessions,
        scratchFolder,
        signal: this.#stopping.signal,
      });
      this.#loaded = loaded;
      this.#batcher = new Batcher({
        maxBatch: loaded.maxBatch,
        isDropped: (item) => item.isSettled,
        runBatch: (batch) => this.#runBatch(loaded, batch),
      });
      await send({ type: 'ready', maxBatch: loaded.maxBatch, vitals: this.#vitals() });
    } catch (error) {
      await send({ type: 'refused', error: toErrorDto(toLoadError(error)), detail: errorDetail(error) });
    }
  }

  #add(id: number, raw: unknown): void {
    const { item: itemSchema, result: resultSchema } = this.#runtime.schema;
    const parsed = itemSchema.safeParse(raw);
    if (!parsed.success || this.#batcher === null) {
      const error = new MeshError('INTERNAL', 'the model process was handed an item of the wrong shape');
      void send({
        type: 'failed',
        id,
        error: toErrorDto(error),
        detail: errorDetail(parsed.error),
        vitals: this.#vitals(),
      });
      return;
    }
    const item = new ServedItem<Item, Result>({
      id,
      item: parsed.data,
      send,
      parseResult: (result) => resultSchema.parse(result),
      vitals: () => this.#vitals(),
      onSettled: () => this.#items.delete(id),
    });
    this.#items.set(id, item);
    this.#batcher.add(item);
  }

  #cancel(id: number): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    item.abort();
    // An item that runs alone is let go when the run really ends; one among others need not wait for them.
    const runsAlone =
      this.#running.includes(item) && !this.#running.some((other) => other !== item && !other.isSettled);
    if (!runsAlone) item.drop();
  }

  async #runBatch(loaded: LoadedRuntime<Item, Result>, batch: readonly ServedItem<Item, Result>[]): Promise<void> {
    this.#running = batch;
    void send({ type: 'started', ids: batch.map(({ id }) => id) });
    try {
      await loaded.run(batch);
      for (const item of batch) item.fail(new MeshError('INTERNAL', 'the runtime left an item without an outcome'));
    } catch (error) {
      for (const item of batch) item.fail(error);
    } finally {
      this.#running = [];
    }
  }

  #vitals(): Vitals {
    const now = performance.now();
    if (now - this.#measuredMs > vitalsLifeMs) {
      this.#rssBytes = process.memoryUsage.rss();
      this.#measuredMs = now;
    }
    return { rssBytes: this.#rssBytes, executionProvider: this.#sessions?.executionProvider ?? null };
  }
}
