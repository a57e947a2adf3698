import { MeshError } from '@infermesh/errors';

/** Bounds the clients that wait for jobs of a type, in this gateway's memory: their jobs have no record that could be counted. */
export class AttachedGate {
  readonly #inside = new Map<string, number>();

  /**
   * @param capacity jobs that the workers of the type do at once: these do not wait
   * @returns what to call when the job has ended
   * @throws MeshError QUEUE_FULL
   */
  enter(
    jobType: string,
    { maxWaiting, capacity }: { readonly maxWaiting: number; readonly capacity: number },
  ): () => void {
    const inside = this.#inside.get(jobType) ?? 0;
    if (inside >= maxWaiting + capacity) {
      throw new MeshError('QUEUE_FULL', `${maxWaiting} jobs wait already: try again later`, { retryAfterSeconds: 1 });
    }
    this.#inside.set(jobType, inside + 1);
    return () => {
      const left = (this.#inside.get(jobType) ?? 1) - 1;
      if (left === 0) this.#inside.delete(jobType);
      else this.#inside.set(jobType, left);
    };
  }
}
