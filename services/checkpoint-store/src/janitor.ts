import { setTimeout as delay } from 'node:timers/promises';
import type { OpenUpload } from '@infermesh/object-store';
import type { StoreParts } from './parts.js';
import { findStale, removeCheckpoints, settleGarbage, takeGarbage, type Garbage } from './records/garbage.js';
import { urlSeconds } from './settings.js';

const idleMs = 30_000;
const afterFailureMs = 5_000;
const batch = 100;

/** Gives up uploads that nobody goes on with, and removes the objects of records that are gone. */
export class Janitor implements AsyncDisposable {
  readonly #parts: StoreParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #rest = new AbortController();

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something was deleted: its objects go now. */
  wake(): void {
    this.#rest.abort();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#rest = new AbortController();
      const pauseMs = await this.#round().catch((error: unknown) => {
        if (!this.#isStopping()) this.#parts.logger.warn({ err: error }, 'sweep of checkpoints failed');
        return afterFailureMs;
      });
      const signal = AbortSignal.any([this.#rest.signal, this.#stopping.signal]);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<number> {
    const { database, settings, logger } = this.#parts;
    const stale = await findStale(database, settings.uploadLifetimeMs, batch);
    if (stale.length > 0) {
      await database.transaction((tx) => removeCheckpoints(tx, stale, urlSeconds * 1000));
      logger.info({ checkpoints: stale }, 'uploads that nobody went on with given up');
    }
    const garbage = await takeGarbage(database, batch);
    const swept: string[] = [];
    for (const item of garbage) if (await this.#sweep(item)) swept.push(item.id);
    await settleGarbage(database, swept);
    return garbage.length < batch && stale.length < batch ? idleMs : 0;
  }

  /** What cannot be swept now comes again in a minute; it keeps nothing else from being swept. */
  async #sweep({ id, prefix, uploads }: Garbage): Promise<boolean> {
    const { objectStore, logger } = this.#parts;
    const { signal } = this.#stopping;
    try {
      const listed = prefix.endsWith('/') ? await objectStore.multipart.list(prefix, signal) : [];
      for (const { key, uploadId } of distinct([...uploads, ...listed]))
        await objectStore.multipart.abort(key, uploadId, signal);
      if (prefix.endsWith('/')) await objectStore.deletePrefix(prefix, signal);
      else await objectStore.delete([prefix], signal);
      return true;
    } catch (error) {
      if (!this.#isStopping()) logger.warn({ err: error, garbageId: id }, 'objects of a checkpoint not deleted yet');
      return false;
    }
  }

  /** A method, because the compiler takes a property it has read once for unchanging. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

function distinct(uploads: readonly OpenUpload[]): OpenUpload[] {
  return [...new Map(uploads.map((upload) => [upload.uploadId, upload])).values()];
}
