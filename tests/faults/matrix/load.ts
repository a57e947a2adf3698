import { setTimeout as delay } from 'node:timers/promises';
import { jobKinds, type LoadParts } from './job-kinds.js';
import { Random } from './random.js';
import { countBusy } from './records.js';

const clients = 12;

/** Waiting and running jobs above which clients hold back: what is measured is a mesh that is loaded, not one that drowns. */
const crowd = 60;
const lookEveryMs = 250;

/** Who is refused does not ask again at once. */
const afterRefusalMs = 250;

/** The pace while no fault spreads the jobs over its own time. */
export const briskMs = 12;

/** Clients that ask for one job after the other, each as soon as it has its answer or as `paceMs` allows. */
export class Load {
  readonly #parts: LoadParts;
  readonly #jobs: number;
  readonly #random: Random;
  readonly #done: Promise<unknown>;
  readonly #waiters: { readonly jobs: number; readonly resolve: () => void }[] = [];
  #begun = 0;
  #nextAt = 0;
  #isCrowded = false;
  /** Least time between two beginnings, over all clients. */
  paceMs = briskMs;

  constructor(parts: LoadParts, jobs: number, seed: number) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#random = new Random(seed);
    const ended = Promise.all(Array.from({ length: clients }, () => this.#client()));
    this.#done = ended;
    const ending = new AbortController();
    void ended.finally(() => {
      ending.abort();
    });
    void this.#watchCrowd(ending.signal);
  }

  /** Resolves when so many jobs have begun. */
  async begun(jobs: number): Promise<void> {
    if (this.#begun >= jobs) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push({ jobs, resolve });
    });
  }

  /** Resolves when every client has had its last answer. */
  async done(): Promise<void> {
    await this.#done;
  }

  async #client(): Promise<void> {
    while (this.#begun < this.#jobs) {
      const n = this.#begun;
      this.#begun += 1;
      for (const { jobs, resolve } of this.#waiters) if (this.#begun >= jobs) resolve();
      const random = new Random(this.#random.seed());
      await this.#pace();
      const unserved = this.#parts.tally.unserved;
      await chooseKind(random)(this.#parts, n, random);
      if (this.#parts.tally.unserved > unserved) await delay(afterRefusalMs);
    }
  }

  async #pace(): Promise<void> {
    const now = performance.now();
    this.#nextAt = Math.max(this.#nextAt, now) + this.paceMs;
    if (this.#nextAt > now) await delay(this.#nextAt - now);
    while (this.#isCrowded) await delay(lookEveryMs);
  }

  /** Whoever cannot see goes on: while the database is away clients do not hold back. */
  async #watchCrowd(ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      this.#isCrowded = await countBusy(this.#parts.bench.database).then(
        (jobs) => jobs > crowd,
        () => false,
      );
      await delay(lookEveryMs, undefined, { signal: ending }).catch(() => undefined);
    }
    this.#isCrowded = false;
  }
}

function chooseKind(random: Random): (typeof jobKinds)[number]['run'] {
  let left = random.next() * jobKinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, run } of jobKinds) {
    left -= weight;
    if (left < 0) return run;
  }
  throw new Error('no kind was chosen');
}
