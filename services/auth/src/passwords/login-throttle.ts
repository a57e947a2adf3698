import { MeshError } from '@infermesh/errors';

export interface LoginTry {
  /** Of the user. */
  readonly name: string;
  /** The address that the try comes from; empty where it is not known. */
  readonly from: string;
}

interface Tries {
  failures: number;
  until: number;
}

interface Window {
  failures: number;
  readonly endsAt: number;
}

const freeFailures = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
const maxRemembered = 10_000;
const maxRunning = 50;
const nameWindowMs = 900_000;
/** Some seven addresses that each wait out their pauses: one alone cannot keep a user out. */
const nameFailures = 100;

/**
 * Slows guessing: after five wrong passwords for a name from one address each further one doubles a pause; a name takes 100 wrong
 * ones in 15 minutes from everywhere; and only so many logins run at once.
 */
export class LoginThrottle {
  readonly #now: () => number;
  readonly #tries = new Map<string, Tries>();
  readonly #names = new Map<string, Window>();
  #running = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Runs one try. @throws MeshError QUOTA_EXCEEDED with the seconds to wait */
  async attempt<T>({ name, from }: LoginTry, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const pair = JSON.stringify([name, from]);
    const tries = this.#tries.get(pair);
    this.#refuseUntil(tries?.until ?? 0);
    const window = this.#windowOf(name);
    if (window.failures >= nameFailures) this.#refuseUntil(window.endsAt);
    if (this.#running >= maxRunning)
      throw new MeshError('QUOTA_EXCEEDED', 'too many logins at once: try again', { retryAfterSeconds: 1 });
    this.#running += 1;
    // counted before it is made, so that a burst of tries gains nothing
    this.#failed(pair);
    window.failures += 1;
    try {
      const result = await attempt();
      if (result !== undefined) {
        this.#tries.delete(pair);
        window.failures -= 1;
      }
      return result;
    } catch (error) {
      // no answer was given, so none was wrong
      if (tries === undefined) this.#tries.delete(pair);
      else this.#tries.set(pair, tries);
      window.failures -= 1;
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #refuseUntil(until: number): void {
    const leftMs = until - this.#now();
    if (leftMs <= 0) return;
    throw new MeshError('QUOTA_EXCEEDED', 'too many wrong passwords: wait before the next try', {
      retryAfterSeconds: Math.ceil(leftMs / 1000),
    });
  }

  #windowOf(name: string): Window {
    const known = this.#names.get(name);
    if (known !== undefined && known.endsAt > this.#now()) return known;
    const fresh = { failures: 0, endsAt: this.#now() + nameWindowMs };
    remember(this.#names, name, fresh);
    return fresh;
  }

  #failed(pair: string): void {
    const failures = (this.#tries.get(pair)?.failures ?? 0) + 1;
    const over = failures - freeFailures;
    const pauseMs = over < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(over, 20));
    remember(this.#tries, pair, { failures, until: this.#now() + pauseMs });
  }
}

/** As the newest of so many; the oldest goes. */
function remember<Value>(values: Map<string, Value>, key: string, value: Value): void {
  values.delete(key);
  values.set(key, value);
  const [oldest] = values.keys();
  if (values.size > maxRemembered && oldest !== undefined) values.delete(oldest);
}
