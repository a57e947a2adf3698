import type { reportPool } from '@infermesh/contracts';
import type { z } from 'zod';

export type PoolReport = z.output<(typeof reportPool)['request']>;

/** Tells the dispatcher. @throws MeshError when it did not answer in time */
export type SendPoolReport = (report: PoolReport) => Promise<void>;

/** Lost workers kept while the dispatcher does not answer. Beyond it the oldest go: their claims lapse by themselves. */
const maxLostWorkers = 1000;

/** What the dispatcher has not been told yet about one pool. */
export class PendingReport {
  readonly #lostWorkers = new Set<string>();

  addLost(workerId: string): void {
    this.#lostWorkers.add(workerId);
    for (const oldest of this.#lostWorkers) {
      if (this.#lostWorkers.size <= maxLostWorkers) return;
      this.#lostWorkers.delete(oldest);
    }
  }

  /** Sends the present state with every worker lost since the last answer; what was answered is forgotten. */
  async send(send: SendPoolReport, state: Omit<PoolReport, 'lostWorkers'>): Promise<void> {
    const lostWorkers = [...this.#lostWorkers];
    await send({ ...state, lostWorkers });
    for (const workerId of lostWorkers) this.#lostWorkers.delete(workerId);
  }
}
