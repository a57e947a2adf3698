import { MeshError } from '@infermesh/errors';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const atOnce = 2;

/** Fewer than the calls this service runs at once, so that those who verify keys never wait behind passwords. */
const maxWaiting = 24;

/** argon2id on the thread pool, two at a time: a burst of passwords can neither fill the memory nor stop everything else. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #dummy: Promise<string> | undefined;

  /** @throws MeshError QUOTA_EXCEEDED when too many passwords wait */
  hash(password: string): Promise<string> {
    return this.#limited(() => hash(password, parameters));
  }

  /**
   * An unknown user costs as much time as a known one: there is always a hash to verify against.
   *
   * @throws MeshError QUOTA_EXCEEDED when too many passwords wait
   */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const against = stored ?? (await this.#dummyHash());
    const matches = await this.#limited(() => verify(against, password));
    return matches && stored !== null;
  }

  #dummyHash(): Promise<string> {
    this.#dummy ??= this.hash('nobody has this password').catch((error: unknown) => {
      this.#dummy = undefined;
      throw error;
    });
    return this.#dummy;
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= maxWaiting)
        throw new MeshError('QUOTA_EXCEEDED', 'too many passwords at once: try again', { retryAfterSeconds: 1 });
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
