import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CheckpointRef } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { downloadFile } from './download-file.js';

/**
 * Checkpoint files on this node, by digest: `<folder>/<sha256>/<file>`. A file appears under its name only when it is whole and
 * its digest is right, so several workers may share the folder; two that fetch the same file at once both end with it.
 */
export class CheckpointCache {
  readonly #folder: string;
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns the path of the file @throws MeshError CHECKPOINT_CORRUPT, CHECKPOINT_NOT_FOUND, STORAGE_UNAVAILABLE */
  async get(checkpoint: CheckpointRef & { readonly url: string }, signal: AbortSignal): Promise<string> {
    const path = join(this.#folder, checkpoint.sha256, checkpoint.file.replace(/[^A-Za-z0-9._-]/gu, '_'));
    const present = await stat(path).catch(() => undefined);
    if (present?.size === checkpoint.sizeBytes) return path;
    let fetching = this.#fetching.get(checkpoint.sha256);
    if (fetching === undefined) {
      fetching = this.#fetch(checkpoint, path, signal).finally(() => this.#fetching.delete(checkpoint.sha256));
      this.#fetching.set(checkpoint.sha256, fetching);
    }
    return fetching;
  }

  async #fetch(
    checkpoint: CheckpointRef & { readonly url: string },
    path: string,
    signal: AbortSignal,
  ): Promise<string> {
    const what = `checkpoint ${checkpoint.name}`;
    await mkdir(dirname(path), { recursive: true });
    const partial = `${path}.${randomUUID()}.part`;
    try {
      const { sha256 } = await downloadFile({
        url: checkpoint.url,
        path: partial,
        maxBytes: checkpoint.sizeBytes,
        what,
        signal,
      });
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
}
