import type { DirectServing } from './direct-serving.js';

type Listener = (type: string, data: unknown) => void;

/**
 * What services of one process know of each other. Queues made with the same one call each other's handlers directly, and hear
 * of each other's events before Redis tells them (ADR 0017).
 */
export class SharedProcess {
  readonly #servings = new Map<string, DirectServing>();
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Whoever serves the queue here, while it takes calls. */
  servingOf(queue: string): DirectServing | undefined {
    return this.#servings.get(queue);
  }

  /** The returned function ends it. Of two that serve one queue the latter is called. */
  register(queue: string, serving: DirectServing): () => void {
    this.#servings.set(queue, serving);
    return () => {
      if (this.#servings.get(queue) === serving) this.#servings.delete(queue);
    };
  }

  /** Tells whoever listens here; others hear it from Redis. */
  announce(jobId: string, type: string, data: unknown): void {
    for (const listener of [...(this.#listeners.get(jobId) ?? [])]) listener(type, data);
  }

  /** The returned function ends it. */
  listen(jobId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(jobId, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(jobId) === listeners) this.#listeners.delete(jobId);
    };
  }
}
