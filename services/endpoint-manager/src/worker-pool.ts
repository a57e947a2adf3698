import type { EndpointStanding } from './endpoint-record.js';
import { WorkerSeat, type SeatOptions, type SeatState } from './worker-seat.js';

export interface PoolOptions extends Omit<SeatOptions, 'number'> {
  readonly desiredWorkers: number;
  readonly slotsPerWorker: number;
  /** As last saved. */
  readonly standing: EndpointStanding;
}

/** Crashes in every seat, with no worker ready in between, after which the endpoint counts as failed. It keeps trying. */
const failedAfterCrashes = 5;

/** The workers of one endpoint. */
export class WorkerPool {
  readonly #slotsPerWorker: number;
  readonly #seats: WorkerSeat[] = [];
  readonly #onChange: () => void;
  #standing: EndpointStanding;

  constructor({ desiredWorkers, slotsPerWorker, standing, ...seat }: PoolOptions) {
    this.#slotsPerWorker = slotsPerWorker;
    this.#standing = standing;
    this.#onChange = seat.onChange;
    for (let number = 0; number < desiredWorkers; number += 1) {
      this.#seats.push(new WorkerSeat({ ...seat, number, onChange: this.#onSeatChange }));
    }
  }

  /** Once. Workers start side by side. */
  start(): void {
    for (const seat of this.#seats) seat.start();
    this.#onSeatChange();
  }

  get standing(): EndpointStanding {
    return this.#standing;
  }

  get readyWorkers(): number {
    return this.#seats.filter((seat) => seat.isReady).length;
  }

  /** SHA-256 of the checkpoints that any worker has loaded. */
  get warmCheckpoints(): readonly string[] {
    return [...new Set(this.#seats.flatMap((seat) => seat.warmCheckpoints))];
  }

  /** Jobs that the workers that are ready can run at once. */
  get slots(): number {
    return this.readyWorkers * this.#slotsPerWorker;
  }

  countByState(): ReadonlyMap<SeatState, number> {
    const counts = new Map<SeatState, number>();
    for (const { state } of this.#seats) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** The endpoint is being deleted: no worker changes its status any more. */
  markDeleting(): void {
    this.#standing = { ...this.#standing, status: 'deleting' };
  }

  /** Ends all workers side by side. They have `graceMs` to end their jobs. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.stop(graceMs)));
  }

  readonly #onSeatChange = (): void => {
    this.#standing = this.#nextStanding();
    this.#onChange();
  };

  #nextStanding(): EndpointStanding {
    const error = this.#seats.find((seat) => seat.error !== null)?.error ?? null;
    if (this.#standing.status === 'deleting') return { ...this.#standing, error };
    if (this.#seats.length === 0 || this.readyWorkers > 0) {
      return { status: 'in-service', error, readyAt: this.#standing.readyAt ?? new Date() };
    }
    const hasFailed = this.#seats.every((seat) => seat.failedStarts >= failedAfterCrashes);
    return { ...this.#standing, error, ...(hasFailed ? { status: 'failed' } : {}) };
  }
}
