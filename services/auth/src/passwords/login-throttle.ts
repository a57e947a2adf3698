import { MeshError } from '@infermesh/errors';

interface Tries {
  failures: number;
  until: number;
}

const freeFailures = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
const maxNames = 10_000;
const maxRunning = 50;

/** Slows guessing: after five wrong passwords for a name each further one doubles a pause; and only so many logins run at once. */
export class LoginThrottle {
  readonly #now: () => number;
  readonly #tries = new Map<string, Tries>();
  #running = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Runs one try. @throws MeshError QUOTA_EXCEEDED with the seconds to wait */
  async attempt<T>(name: string, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const tries = this.#tries.get(name);
    if (tries !== undefined && tries.until > this.#now()) {
      throw new MeshError('QUOTA_EXCEEDED', 'too many wrong passwords: wait before the next try', {
        retryAfterSeconds: Math.ceil((tries.until - this.#now()) / 1000),
      });
    }
    if (this.#running >= maxRunning)
      throw new MeshError('QUOTA_EXCEEDED', 'too many logins at once: try again', { retryAfterSeconds: 1 });
    this.#running += 1;
    // counted before it is made, so that a burst of tries gains nothing
    this.#failed(name);
    try {
      const result = await attempt();
      if (result !== undefined) this.#tries.delete(name);
      return result;
    } catch (error) {
      // no answer was given, so none was wrong
      if (tries === undefined) this.#tries.delete(name);
      else this.#tries.set(name, tries);
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #failed(name: string): void {
    const failures = (this.#tries.get(name)?.failures ?? 0) + 1;
    const over = failures - freeFailures;
    const pauseMs = over < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(over, 20));
    this.#tries.delete(name);
    this.#tries.set(name, { failures, until: this.#now() + pauseMs });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > maxNames && oldest !== undefined) this.#tries.delete(oldest);
  }
}
