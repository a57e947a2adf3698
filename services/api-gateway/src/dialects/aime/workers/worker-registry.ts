import { z } from 'zod';

const fact = z.string().nullable();

/** What a worker has told of itself. */
export const workerFacts = z.object({
  name: z.string(),
  maxBatch: z.number().int().positive(),
  gpuName: fact,
  numGpus: z.number().nullable(),
  framework: fact,
  frameworkVersion: fact,
  pytorchVersion: fact,
  interfaceVersion: fact,
  /** Silent for longer it is taken for gone. */
  silenceMs: z.number().positive(),
  model: z.object({ label: fact, quantization: fact, size: fact, family: fact, type: fact, repoName: fact }),
});
export type WorkerFacts = z.infer<typeof workerFacts>;

export interface KnownWorker {
  readonly facts: WorkerFacts;
  readonly state: 'waiting' | 'processing' | 'offline';
  readonly freeSlots: number;
}

interface Entry {
  facts: WorkerFacts;
  heardAtMs: number;
  polls: number;
  jobs: number;
}

/** A worker that was gone for so long is no longer shown. */
const forgottenAfterMs = 3_600_000;
/** A hostile worker with a new name each time fills no memory. */
const maxWorkersPerType = 2_000;
const weightOfLast = 0.1;

/** The external workers that this gateway has seen or heard of, and how fast they are. */
export class WorkerRegistry {
  readonly #types = new Map<string, Map<string, Entry>>();
  readonly #meanMs = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A sign of life. @returns true when it is new, was gone, or has changed */
  saw(jobType: string, facts: WorkerFacts): boolean {
    const workers = this.#workersOf(jobType);
    const known = workers.get(facts.name);
    const isNews =
      known === undefined || this.#isOffline(known) || JSON.stringify(known.facts) !== JSON.stringify(facts);
    workers.delete(facts.name);
    workers.set(facts.name, { polls: 0, jobs: 0, ...known, facts, heardAtMs: this.#now() });
    if (workers.size > maxWorkersPerType) this.#dropOldest(workers);
    return isNews;
  }

  /** A sign of life of a worker that has told of itself before. */
  heard(jobType: string, name: string): void {
    const entry = this.#types.get(jobType)?.get(name);
    if (entry !== undefined) entry.heardAtMs = this.#now();
  }

  /** A worker stands in line until the returned function is called: it lives, however long that takes. */
  polls(jobType: string, name: string): () => void {
    const count = (by: number): void => {
      const entry = this.#types.get(jobType)?.get(name);
      if (entry === undefined) return;
      entry.polls = Math.max(entry.polls + by, 0);
      entry.heardAtMs = this.#now();
    };
    count(1);
    return () => {
      count(-1);
    };
  }

  /** Jobs were handed out, or with a negative number taken off its hands. */
  holds(jobType: string, name: string, jobs: number): void {
    const entry = this.#types.get(jobType)?.get(name);
    if (entry !== undefined) entry.jobs = Math.max(entry.jobs + jobs, 0);
  }

  /** A job took so long. */
  worked(jobType: string, durationMs: number): void {
    const mean = this.#meanMs.get(jobType) ?? durationMs;
    this.#meanMs.set(jobType, mean + (durationMs - mean) * weightOfLast);
  }

  /** How long a job takes on the average; undefined before the first. */
  meanMs(jobType: string): number | undefined {
    return this.#meanMs.get(jobType);
  }

  list(jobType: string): readonly KnownWorker[] {
    const workers = this.#workersOf(jobType);
    for (const [name, { heardAtMs }] of workers) {
      if (heardAtMs < this.#now() - forgottenAfterMs) workers.delete(name);
    }
    return [...workers.values()].map((entry) => this.#view(entry));
  }

  countOnline(jobType: string): number {
    return this.list(jobType).filter(({ state }) => state !== 'offline').length;
  }

  /** Jobs that the workers of a type do at once. */
  capacity(jobType: string): number {
    return this.list(jobType)
      .filter(({ state }) => state !== 'offline')
      .reduce((sum, { facts }) => sum + facts.maxBatch, 0);
  }

  #view(entry: Entry): KnownWorker {
    const { facts, jobs } = entry;
    const state = this.#isOffline(entry) ? 'offline' : jobs > 0 ? 'processing' : 'waiting';
    return { facts, state, freeSlots: Math.max(facts.maxBatch - jobs, 0) };
  }

  #isOffline({ facts, heardAtMs, polls }: Entry): boolean {
    return polls === 0 && heardAtMs < this.#now() - facts.silenceMs;
  }

  #workersOf(jobType: string): Map<string, Entry> {
    const known = this.#types.get(jobType) ?? new Map<string, Entry>();
    this.#types.set(jobType, known);
    return known;
  }

  #dropOldest(workers: Map<string, Entry>): void {
    const [oldest] = workers.keys();
    if (oldest !== undefined) workers.delete(oldest);
  }
}
