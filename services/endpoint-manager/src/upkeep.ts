import { backoffMs, type Backoff } from '@infermesh/lifecycle';

export interface UpkeepOptions {
  /** Must settle in bounded time. */
  readonly task: () => Promise<void>;
  /** The longest pause between two runs. */
  readonly intervalMs: number;
  /** The pauses after failures. */
  readonly retry: Backoff;
  readonly onFailure: (error: unknown) => void;
}

/** Keeps something outside in step with us: runs a task at once, soon after each `wake`, and at intervals; never twice at a time. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  #running = Promise.resolve();
  #stopped = false;
  #woken = false;
  #endPause: () => void = () => undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Once. */
  start(): void {
    this.#running = this.#run();
  }

  /** What the task should see has changed. While the task fails, its backoff goes on. */
  wake(): void {
    this.#woken = true;
    this.#endPause();
  }

  /** Runs once more if something changed since the last run began. Waits for it at most `waitMs`. */
  async stop(waitMs: number): Promise<void> {
    this.#stopped = true;
    this.#endPause();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      failures = (await this.#attempt()) ? 0 : failures + 1;
      await this.#pause(failures);
    }
    if (this.#woken) await this.#attempt();
  }

  async #attempt(): Promise<boolean> {
    this.#woken = false;
    try {
      await this.#options.task();
      return true;
    } catch (error) {
      this.#options.onFailure(error);
      return false;
    }
  }

  async #pause(failures: number): Promise<void> {
    const mayEnd = (): boolean => this.#stopped || (this.#woken && failures === 0);
    if (mayEnd()) return;
    const ms = failures === 0 ? this.#options.intervalMs : backoffMs(this.#options.retry, failures);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        if (!mayEnd()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
