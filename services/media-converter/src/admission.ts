import { MeshError } from '@infermesh/errors';
import type { Metrics } from '@infermesh/telemetry';

export interface AdmissionOptions {
  /** Work done at the same time. */
  readonly slots: number;
  readonly maxWaiting: number;
  readonly metrics: Metrics;
}

/** Lets so many work, so many wait, in the order of their coming, and turns the others away. */
export class Admission {
  readonly #slots: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  readonly #gauge: ReturnType<Metrics['gauge']>;
  #working = 0;

  constructor({ slots, maxWaiting, metrics }: AdmissionOptions) {
    this.#slots = slots;
    this.#maxWaiting = maxWaiting;
    this.#gauge = metrics.gauge({ name: 'mesh_media_waiting', help: 'Media that wait for a slot' });
  }

  /** @throws MeshError QUEUE_FULL; the signal's reason while it waits; what the work throws */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#working -= 1;
      else next();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#working < this.#slots) {
      this.#working += 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new MeshError('QUEUE_FULL', 'too many media wait to be converted', { retryAfterSeconds: 1 });
    }
    this.#gauge.inc();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    }).finally(() => {
      this.#gauge.dec();
    });
  }
}
