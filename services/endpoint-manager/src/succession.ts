import type { Backoff } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import type { OwnerLease } from './owner-lease.js';
import { Upkeep } from './upkeep.js';

export interface SuccessionOptions {
  readonly lease: OwnerLease;
  /** Time between two signs of life; a third of the lease. */
  readonly renewMs: number;
  readonly retry: Backoff;
  /** Starts what only the owner runs; disposed of when the lease is lost, and at the end. */
  readonly reign: () => Promise<AsyncDisposable>;
  readonly logger: Logger;
}

const stopWaitMs = 5_000;

/**
 * Runs something while this process holds a lease, and waits for its turn while another does. While the database does not
 * answer an owner goes on: nobody else can take over then.
 */
export class Succession implements AsyncDisposable {
  readonly #options: SuccessionOptions;
  readonly #upkeep: Upkeep;
  readonly #begun: Promise<void>;
  #onBegun: () => void = () => undefined;
  #reign: AsyncDisposable | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isWaiting = false;

  constructor(options: SuccessionOptions) {
    this.#options = options;
    this.#begun = new Promise((resolve) => {
      this.#onBegun = resolve;
    });
    this.#upkeep = new Upkeep({
      task: () => (this.#looking = this.#look()),
      intervalMs: options.renewMs,
      retry: options.retry,
      onFailure: (error) => {
        options.logger.warn({ err: error }, 'ownership of the endpoints could not be renewed');
      },
    });
  }

  /** Resolves when this process has its turn for the first time. */
  get begun(): Promise<void> {
    return this.#begun;
  }

  /** Once. Takes the turn if it is free; else waits for it in the background. @throws what `reign` throws */
  async start(): Promise<void> {
    await this.#look();
    this.#upkeep.start();
  }

  async #look(): Promise<void> {
    const { lease, reign, logger } = this.#options;
    const isOurs = await lease.hold();
    if (isOurs && this.#reign === undefined) {
      this.#reign = await reign();
      if (this.#isWaiting) logger.warn('this endpoint manager takes over');
      this.#isWaiting = false;
      this.#onBegun();
    } else if (!isOurs) {
      await this.#abdicate();
    }
  }

  async #abdicate(): Promise<void> {
    const ended = this.#reign;
    this.#reign = undefined;
    if (ended !== undefined)
      this.#options.logger.error('another endpoint manager took over: this one stops its workers');
    else if (!this.#isWaiting) this.#options.logger.info('another endpoint manager runs: this one waits for its turn');
    this.#isWaiting = true;
    await ended?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upkeep.stop(stopWaitMs);
    await this.#looking.catch(() => undefined);
    await this.#reign?.[Symbol.asyncDispose]();
    await this.#options.lease.release().catch((error: unknown) => {
      this.#options.logger.warn(
        { err: error },
        'ownership of the endpoints could not be given up: it lapses by itself',
      );
    });
  }
}
