import type { Resident } from './resident.js';

export interface ResidentLimits {
  /** Model processes alive at once, starting and ending ones included. */
  readonly maxProcesses: number;
  /** Resident memory of all of them together; a new one waits until the sum is below. */
  readonly memoryBudgetBytes: number;
}

/** The seats for model processes of one worker: who sits, who must go for another to come in. */
export class Residents {
  readonly #limits: ResidentLimits;
  readonly #seated = new Set<Resident>();
  #startingCount = 0;
  #wakers: (() => void)[] = [];

  constructor(limits: ResidentLimits) {
    this.#limits = limits;
  }

  get all(): readonly Resident[] {
    return [...this.#seated];
  }

  /** Waits for a seat; the least recently used resident has to leave for it. Call `seat` or `giveUpSeat` afterwards. */
  async reserveSeat(signal: AbortSignal): Promise<void> {
    while (this.#isFull()) {
      signal.throwIfAborted();
      if (!this.all.some((resident) => resident.isRetired)) this.#leastRecentlyUsed()?.retire();
      await this.#nextChange();
    }
    signal.throwIfAborted();
    this.#startingCount += 1;
  }

  seat(resident: Resident): void {
    this.#startingCount -= 1;
    this.#seated.add(resident);
    void resident.process.exited.then(() => {
      this.#seated.delete(resident);
      this.changed();
    });
  }

  giveUpSeat(): void {
    this.#startingCount -= 1;
    this.changed();
  }

  /** Over the budget, the idle resident that was used least recently has to leave, unless it is the only one. */
  trim(): void {
    const idle = this.all.filter((resident) => !resident.isRetired && resident.userCount === 0);
    if (this.#seated.size < 2 || this.#rssBytes() <= this.#limits.memoryBudgetBytes) return;
    idle.toSorted(byLastUse)[0]?.retire();
  }

  /** Wakes who waits for a seat, to look again. */
  changed(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }

  #isFull(): boolean {
    const count = this.#seated.size + this.#startingCount;
    return (
      count >= this.#limits.maxProcesses || (this.#seated.size > 0 && this.#rssBytes() > this.#limits.memoryBudgetBytes)
    );
  }

  #leastRecentlyUsed(): Resident | undefined {
    const idleFirst = this.all.toSorted((a, b) => Math.sign(a.userCount) - Math.sign(b.userCount) || byLastUse(a, b));
    return idleFirst[0];
  }

  #rssBytes(): number {
    return this.all.reduce((sum, { process }) => sum + process.rssBytes, 0);
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakers.push(resolve);
    });
  }
}

function byLastUse(a: Resident, b: Resident): number {
  return a.lastUsedMs - b.lastUsedMs;
}
