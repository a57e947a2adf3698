import type { CallContract } from '@infermesh/contracts';
import type { CallOptions } from './job-queue.js';

type Listener = (type: string, data: unknown) => void;

/** Who serves a queue in this process. */
export interface Neighbour {
  /** @throws MeshError as a call by the queue does */
  call(contract: CallContract, request: unknown, options: CallOptions): Promise<unknown>;
}

/**
 * What services of one process know of each other. Queues made with the same one call each other's handlers directly, and hear
 * of each other's events before Redis tells them (ADR 0017).
 */
export class SharedProcess {
  readonly #neighbours = new Map<string, Neighbour>();
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Whoever serves the queue here, while it takes calls. */
  whoServes(queue: string): Neighbour | undefined {
    return this.#neighbours.get(queue);
  }

  /** The returned function ends it. Of two that serve one queue the latter is called. */
  register(queue: string, neighbour: Neighbour): () => void {
    this.#neighbours.set(queue, neighbour);
    return () => {
      if (this.#neighbours.get(queue) === neighbour) this.#neighbours.delete(queue);
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
