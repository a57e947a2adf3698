import { join } from 'node:path';
import type { Logger } from '@infermesh/telemetry';
import type { ObjectConnections } from '../object-connections.js';
import { makeRoom, sweepParts } from './cache-folder.js';
import { fetchCheckpoint, type CheckpointSource } from './fetch-checkpoint.js';

export interface CheckpointCacheOptions {
  /** Of all that lies in the folder; default 64 GiB. It is kept when something new comes, by removing what was not used for longest. */
  readonly maxBytes?: number;
  /** What was used within this time is not removed, even over the limit; default 10 minutes. */
  readonly keepMs?: number;
  readonly connections: ObjectConnections;
  readonly logger?: Logger;
}

/** One download with all who wait for it. It is nobody's own: it ends early only when the last of them has left. */
interface Fetch {
  readonly path: Promise<string>;
  readonly abandoned: AbortController;
  waiters: number;
}

/**
 * Checkpoints on this node, by digest: `<folder>/<sha256>/<file>`, or `<sha256>/folder` with the files of a folder. They appear
 * under their names only when they are whole and their digest is right, so several workers may share the folder: one of them
 * downloads, the others wait for it.
 */
export class CheckpointCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #keepMs: number;
  readonly #connections: ObjectConnections;
  readonly #logger: Logger | undefined;
  readonly #fetches = new Map<string, Fetch>();

  constructor(folder: string, options: CheckpointCacheOptions) {
    const { maxBytes = 64 * 1024 ** 3, keepMs = 600_000, connections, logger } = options;
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#keepMs = keepMs;
    this.#connections = connections;
    this.#logger = logger;
  }

  /** Removes what killed workers left half-done in the folder. */
  async sweep(): Promise<void> {
    await sweepParts(this.#folder);
  }

  /**
   * @returns the path of the file, or of the folder
   * @throws MeshError CHECKPOINT_CORRUPT, CHECKPOINT_NOT_FOUND, STORAGE_UNAVAILABLE; the signal's reason when it is aborted
   */
  async get(checkpoint: CheckpointSource, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#join(this.#fetches.get(checkpoint.sha256) ?? this.#begin(checkpoint), signal);
  }

  #begin(checkpoint: CheckpointSource): Fetch {
    const { sha256 } = checkpoint;
    const entry = join(this.#folder, sha256);
    const abandoned = new AbortController();
    const fetch: Fetch = {
      path: fetchCheckpoint(entry, checkpoint, {
        connections: this.#connections,
        beforeDownload: () => this.#makeRoom(checkpoint),
        signal: abandoned.signal,
      }).finally(() => {
        if (this.#fetches.get(sha256) === fetch) this.#fetches.delete(sha256);
      }),
      abandoned,
      waiters: 0,
    };
    fetch.path.catch(() => undefined); // when all have left, nobody listens
    this.#fetches.set(sha256, fetch);
    return fetch;
  }

  async #makeRoom({ name, sizeBytes }: CheckpointSource): Promise<void> {
    const fits = await makeRoom(this.#folder, {
      neededBytes: sizeBytes,
      maxBytes: this.#maxBytes,
      keepMs: this.#keepMs,
    });
    if (!fits)
      this.#logger?.warn(
        { checkpoint: name, maxBytes: this.#maxBytes },
        'the checkpoint cache outgrows its limit: all in it is in use',
      );
  }

  async #join(fetch: Fetch, signal: AbortSignal): Promise<string> {
    fetch.waiters += 1;
    let onAbort: (() => void) | undefined;
    const left = new Promise<never>((_, reject) => {
      onAbort = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([fetch.path, left]);
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
      fetch.waiters -= 1;
      if (fetch.waiters === 0) this.#abandon(fetch);
    }
  }

  /** The next who wants the file begins anew. */
  #abandon(fetch: Fetch): void {
    for (const [sha256, known] of this.#fetches) if (known === fetch) this.#fetches.delete(sha256);
    fetch.abandoned.abort();
  }
}
