/** Some megabyte; beyond it the oldest go, and are read again where they are needed. */
const mostKnown = 10_000;

/** Whose the jobs are that workers have claimed: it never changes, and a commit need not read it. */
export class JobTenants {
  readonly #known = new Map<string, string>();

  remember(jobId: string, tenantId: string): void {
    this.#known.set(jobId, tenantId);
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
