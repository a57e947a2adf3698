import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const atOnce = 2;

/** argon2id on the thread pool, two at a time: a burst of logins can neither fill the memory nor stop everything else. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #dummy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.#limited(() => hash(password, parameters));
  }

  /** An unknown user costs as much time as a known one: there is always a hash to verify against. */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const against = stored ?? (await (this.#dummy ??= this.hash('nobody has this password')));
    const matches = await this.#limited(() => verify(against, password));
    return matches && stored !== null;
  }

  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= atOnce) {
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
