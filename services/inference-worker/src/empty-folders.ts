import { opendirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As many as jobs end at once are kept; more would lie about for ever. */
const maxKept = 64;

/** Empty folders for jobs that as a rule write nothing: to make one and remove it costs a small job a fifth of its time. */
export class EmptyFolders {
  readonly #parent: string;
  readonly #kept: string[] = [];

  /** @param parent is removed with all that is in it by its owner */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Looked at again: a job may write after its end, and what clears temporary files takes empty folders away. */
  async lend(): Promise<string> {
    for (let kept = this.#kept.pop(); kept !== undefined; kept = this.#kept.pop()) {
      if (isEmptyFolder(kept)) return kept;
      await this.remove(kept);
    }
    return mkdtemp(join(this.#parent, 'attached-'));
  }

  /** After a job that has ended well: one that was given up may still write. */
  async takeBack(folder: string): Promise<void> {
    if (this.#kept.length < maxKept && isEmptyFolder(folder)) this.#kept.push(folder);
    else await this.remove(folder);
  }

  /** With what was written there. */
  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One entry is all that is read: a few microseconds, where the thread pool takes thirty. */
function isEmptyFolder(path: string): boolean {
  try {
    const folder = opendirSync(path, { bufferSize: 1 });
    try {
      return folder.readSync() === null;
    } finally {
      folder.closeSync();
    }
  } catch {
    return false;
  }
}
