/** Lets one piece of work at a time run for each name, in the order of asking. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(name);
    const turn = before === undefined ? work() : before.then(work, work);
    // Kept for the order alone: whoever asked sees the failure.
    const tail = turn.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
