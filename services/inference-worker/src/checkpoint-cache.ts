import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CheckpointRef } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { downloadFile } from './download-file.js';

type CheckpointSource = CheckpointRef & { readonly url: string };

/** One download with all who wait for it. It is nobody's own: it ends early only when the last of them has left. */
interface Fetch {
  readonly path: Promise<string>;
  readonly abandoned: AbortController;
  waiters: number;
}

/**
 * Checkpoint files on this node, by digest: `<folder>/<sha256>/<file>`. A file appears under its name only when it is whole and
 * its digest is right, so several workers may share the folder; two that fetch the same file at once both end with it.
 */
export class CheckpointCache {
  readonly #folder: string;
  readonly #fetches = new Map<string, Fetch>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @returns the path of the file
   * @throws MeshError CHECKPOINT_CORRUPT, CHECKPOINT_NOT_FOUND, STORAGE_UNAVAILABLE; the signal's reason when it is aborted
   */
  async get(checkpoint: CheckpointSource, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const path = join(this.#folder, checkpoint.sha256, checkpoint.file.replace(/[^A-Za-z0-9._-]/gu, '_'));
    return this.#join(this.#fetches.get(checkpoint.sha256) ?? this.#begin(checkpoint, path), signal);
  }

  #begin(checkpoint: CheckpointSource, path: string): Fetch {
    const { sha256 } = checkpoint;
    const abandoned = new AbortController();
    const fetch: Fetch = {
      path: fetchCheckpoint(checkpoint, path, abandoned.signal).finally(() => {
        if (this.#fetches.get(sha256) === fetch) this.#fetches.delete(sha256);
      }),
      abandoned,
      waiters: 0,
    };
    fetch.path.catch(() => undefined); // when all have left, nobody listens
    this.#fetches.set(sha256, fetch);
    return fetch;
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

async function fetchCheckpoint(checkpoint: CheckpointSource, path: string, signal: AbortSignal): Promise<string> {
  const { url, sizeBytes, name } = checkpoint;
  const present = await stat(path).catch(() => undefined);
  if (present?.size === sizeBytes) return path;
  const what = `checkpoint ${name}`;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}.part`;
  try {
    const { sha256 } = await downloadFile({ url, path: partial, maxBytes: sizeBytes, what, signal });
    if (sha256 !== checkpoint.sha256) {
      throw new MeshError(
        'CHECKPOINT_CORRUPT',
        `${what} has digest ${sha256.slice(0, 12)}…, its record says ${checkpoint.sha256.slice(0, 12)}…`,
      );
    }
    await rename(partial, path);
    return path;
  } catch (error) {
    if (error instanceof MeshError && error.code === 'OBJECT_NOT_FOUND') {
      throw new MeshError('CHECKPOINT_NOT_FOUND', `the file of ${what} is gone from the object store`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
}
