import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';
import { backoffMs, type Backoff } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import { modelKey, type ModelDescription } from './model-key.js';
import type { ModelProcessInfo, RunOptions } from './model-process.js';
import type { ModelProcessOptions } from './model-process-options.js';
import { Resident } from './resident.js';
import { Residents, type ResidentLimits } from './residents.js';
import { startModelProcess } from './start-model-process.js';
import { untilOver, type Patience } from './until-over.js';

export interface ModelSupervisorOptions extends ResidentLimits {
  /** What all model processes of this worker have in common. */
  readonly process: Omit<ModelProcessOptions, 'entry' | 'options' | 'checkpoints' | 'logger'>;
  /** A process whose resident memory has grown by this much since it loaded is replaced. Default 1 GiB. */
  readonly recycleGrowthBytes?: number;
  /** How long a refused checkpoint is refused at once, without another try. Default 5000. */
  readonly refusalMemoryMs?: number;
  /** The wait before a process that died is started again. Default 200 ms, doubling up to 10 s. */
  readonly backoff?: Backoff;
  readonly logger: Logger;
}

export interface ResidentInfo extends ModelProcessInfo {
  readonly key: string;
  readonly rssBytes: number;
  readonly userCount: number;
  /** SHA-256 of each checkpoint that it was started with. */
  readonly digests: readonly string[];
}

/** What is known of one model, loaded or not. */
interface ModelSlot {
  readonly key: string;
  readonly description: ModelDescription;
  resident: Resident | null;
  starting: Promise<void> | null;
  /** Deaths in a row; a run that succeeds sets it to 0. */
  deathCount: number;
  /** `performance.now()` before which it is not started again. */
  startNotBeforeMs: number;
  refusal: { readonly error: MeshError; readonly untilMs: number } | null;
}

const defaults = { recycleGrowthBytes: 2 ** 30, refusalMemoryMs: 5000, backoff: { firstMs: 200, maxMs: 10_000 } };

/** Keeps the model processes of one worker: starts them on demand, replaces those that die or grow, evicts the unused. */
export class ModelSupervisor implements AsyncDisposable {
  readonly #options: ModelSupervisorOptions & typeof defaults;
  readonly #residents: Residents;
  readonly #slots = new Map<string, ModelSlot>();
  readonly #stopping = new AbortController();

  constructor(options: ModelSupervisorOptions) {
    this.#options = { ...defaults, ...options };
    this.#residents = new Residents(options);
  }

  /**
   * Runs one item on the model, starting its process if need be.
   *
   * @throws MeshError what `startModelProcess` or `ModelProcess.run` throw; CANCELLED or DEADLINE_EXCEEDED while waiting
   */
  async run<Result>(description: ModelDescription, item: unknown, options: RunOptions<Result>): Promise<Result> {
    const slot = this.#slotFor(description);
    const resident = await this.#enter(slot, options);
    try {
      const result = await resident.process.run(item, options);
      slot.deathCount = 0;
      return result;
    } finally {
      this.#leave(resident);
    }
  }

  /** Loads a model before its first item comes. Throws as `run` does. */
  async warmUp(description: ModelDescription, patience: Patience): Promise<ModelProcessInfo> {
    const slot = this.#slotFor(description);
    const resident = await this.#enter(slot, patience);
    try {
      return resident.process.info;
    } finally {
      this.#leave(resident);
    }
  }

  /** The loaded models, for health and metrics. */
  list(): readonly ResidentInfo[] {
    return [...this.#slots.values()].flatMap(({ key, resident, description }) => {
      if (resident === null || resident.isRetired) return [];
      const { process, userCount } = resident;
      const digests = Object.values(description.checkpoints).map(({ sha256 }) => sha256);
      return [{ ...process.info, key, rssBytes: process.rssBytes, userCount, digests }];
    });
  }

  /** Ends all model processes; runs in flight fail with WORKER_LOST. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new MeshError('WORKER_LOST', 'the worker stops'));
    this.#residents.changed();
    await Promise.allSettled([...this.#slots.values()].flatMap(({ starting }) => starting ?? []));
    await Promise.all(this.#residents.all.map(({ process }) => process[Symbol.asyncDispose]()));
  }

  #slotFor(description: ModelDescription): ModelSlot {
    const key = modelKey(description);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = {
      key,
      description,
      resident: null,
      starting: null,
      deathCount: 0,
      startNotBeforeMs: 0,
      refusal: null,
    };
    this.#slots.set(key, slot);
    return slot;
  }

  async #enter(slot: ModelSlot, patience: Patience): Promise<Resident> {
    for (;;) {
      if (slot.resident !== null && !slot.resident.isRetired) {
        slot.resident.enter();
        return slot.resident;
      }
      this.#stopping.signal.throwIfAborted();
      if (slot.refusal !== null && slot.refusal.untilMs > performance.now()) throw slot.refusal.error;
      slot.starting ??= this.#start(slot);
      slot.starting.catch(() => undefined); // its waiters may all leave before it fails
      await untilOver(slot.starting, patience);
    }
  }

  #leave(resident: Resident): void {
    const { process } = resident;
    if (process.rssBytes > process.info.loadedRssBytes + this.#options.recycleGrowthBytes) resident.retire();
    resident.leave();
    this.#residents.trim();
    this.#residents.changed();
  }

  async #start(slot: ModelSlot): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await delay(Math.max(0, slot.startNotBeforeMs - performance.now()), undefined, { signal }).catch(() => undefined);
      await this.#residents.reserveSeat(signal);
      await this.#startSeated(slot);
    } finally {
      slot.starting = null;
    }
  }

  async #startSeated(slot: ModelSlot): Promise<void> {
    const { process: common, logger, refusalMemoryMs } = this.#options;
    const { entry, options, checkpoints } = slot.description;
    try {
      const processOptions = { ...common, entry, options, checkpoints, logger: logger.child({ model: slot.key }) };
      const process = await startModelProcess(processOptions, this.#stopping.signal);
      const resident = new Resident(process);
      this.#residents.seat(resident);
      slot.resident = resident;
      slot.refusal = null;
      void process.exited.then((exit) => {
        if (slot.resident === resident) slot.resident = null;
        if (exit.reason === 'crashed' || exit.reason === 'memory') this.#countDeath(slot);
      });
    } catch (error) {
      this.#residents.giveUpSeat();
      if (error instanceof MeshError) slot.refusal = { error, untilMs: performance.now() + refusalMemoryMs };
      throw error;
    }
  }

  #countDeath(slot: ModelSlot): void {
    slot.deathCount += 1;
    slot.startNotBeforeMs = performance.now() + backoffMs(this.#options.backoff, slot.deathCount);
  }
}
