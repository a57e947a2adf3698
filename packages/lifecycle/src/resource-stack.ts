/**
 * Releases what a service opened, last opened first. Node 20 has no AsyncDisposableStack.
 * Disposing twice is harmless. One failing release does not keep the others from running; the failures come out together.
 */
export class ResourceStack implements AsyncDisposable {
  #resources: AsyncDisposable[] = [];

  /** Takes ownership and hands the resource back, so that opening and keeping are one expression. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }

  /**
   * Keeps everything that opens, also what opens after another has failed: nothing stays behind.
   *
   * @throws what the first of those that failed threw, once all have settled
   */
  async useAll<T extends AsyncDisposable>(opening: readonly Promise<T>[]): Promise<T[]> {
    const results = await Promise.allSettled(opening);
    const opened = results.filter((result) => result.status === 'fulfilled').map(({ value }) => this.use(value));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return opened;
  }

  /** Keeps a plain release function. */
  defer(release: () => void | Promise<void>): void {
    this.#resources.push({
      async [Symbol.asyncDispose]() {
        await release();
      },
    });
  }

  /** Hands everything kept so far to the caller: used at the end of a successful start. */
  move(): ResourceStack {
    const moved = new ResourceStack();
    moved.#resources = this.#resources;
    this.#resources = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let resource = this.#resources.pop(); resource !== undefined; resource = this.#resources.pop()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several resources could not be released');
  }
}
