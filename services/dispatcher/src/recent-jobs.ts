/** Some megabyte; beyond it the oldest go, and are read again where they are needed. */
const mostKnown = 10_000;

/** A fact each of the jobs that this dispatcher dealt with last: one that never changes, so that it need not be read again. */
export class RecentJobs {
  readonly #known = new Map<string, string>();

  remember(jobId: string, fact: string): void {
    this.#known.set(jobId, fact);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) return;
      this.#known.delete(oldest);
    }
  }

  find(jobId: string): string | undefined {
    return this.#known.get(jobId);
  }

  forget(jobId: string): void {
    this.#known.delete(jobId);
  }
}
