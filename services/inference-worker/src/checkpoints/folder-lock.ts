import { open, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A lock whose holder gives no sign of life for so long is nobody's: a killed process cannot take its own away. */
const staleMs = 30_000;
const renewMs = 5_000;
const lookMs = 100;

/** Whether somebody who is alive holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < staleMs;
}

/**
 * Takes a lock that processes share through the file system, or waits until there is no need for it. Two processes may both hold a
 * lock that was left behind: what it guards must bear that.
 *
 * @param isNeeded asked while somebody else holds it
 * @returns undefined when it is not needed any more
 */
export async function takeLock(
  path: string,
  isNeeded: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  while (await isNeeded()) {
    signal.throwIfAborted();
    if (await create(path)) return new HeldLock(path);
    if (await isLocked(path)) await delay(lookMs, undefined, { signal });
    else await rm(path, { force: true });
  }
  return undefined;
}

async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

class HeldLock implements AsyncDisposable {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;

  constructor(path: string) {
    this.#path = path;
    this.#timer = setInterval(() => {
      const now = new Date();
      void utimes(path, now, now).catch(() => undefined);
    }, renewMs).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#path, { force: true });
  }
}
