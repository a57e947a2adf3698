import { watch, type FSWatcher } from 'node:fs';

interface FolderWatchOptions {
  readonly settleMs: number;
  readonly pollMs: number;
  /** Something may have changed, and for `settleMs` nothing more did; or it is time to look anyway. */
  readonly onQuiet: () => void;
}

/**
 * Watches folders, each by itself: Node's recursive watch loses folders that come by renaming. A folder that cannot be
 * watched, or whose watch breaks, is looked at with every poll like all others.
 */
export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined = undefined;
  #isClosed = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#poll = setInterval(options.onQuiet, options.pollMs);
    this.#poll.unref();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Watches these folders and no others. Calls back when some are new: what changed before their watch went unseen. */
  follow(folders: readonly string[]): void {
    if (this.#isClosed) return;
    for (const folder of this.#watchers.keys()) if (!folders.includes(folder)) this.#leave(folder);
    const added = folders.filter((folder) => !this.#watchers.has(folder) && this.#enter(folder));
    if (added.length > 0) this.touch();
  }

  /** Something changed: calls back when it has been quiet for a while. */
  touch(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.#options.onQuiet, this.#options.settleMs);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    for (const folder of [...this.#watchers.keys()]) this.#leave(folder);
  }

  #enter(folder: string): boolean {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this.touch();
      });
      // Also sent when the folder itself is removed or renamed: what has its name next needs a new watch.
      watcher.on('error', () => {
        this.#leave(folder);
        this.touch();
      });
      watcher.on('change', (event, name) => {
        if (event === 'rename' && folder.endsWith(`/${String(name)}`)) this.#leave(folder);
      });
      this.#watchers.set(folder, watcher);
      return true;
    } catch {
      // Not there, or no watches left on this machine: the poll sees to it.
      return false;
    }
  }

  #leave(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
