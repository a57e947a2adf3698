import { TimeLimit, type WorkOptions } from '../time-limit.js';
import { ImageProcess } from './image-process.js';
import type { ImageAnswer, ImageRequest } from './messages.js';

export interface ImageProcessesOptions {
  /** How many images are worked on at the same time. */
  readonly count: number;
  /** What one process may hold before it is killed. */
  readonly memoryBytes: number;
}

/** Processes kept for images: each starts when it is first needed and is replaced after it was killed. */
export class ImageProcesses implements AsyncDisposable {
  readonly #options: ImageProcessesOptions;
  readonly #idle: ImageProcess[] = [];
  readonly #all = new Set<ImageProcess>();
  readonly #waiting: (() => void)[] = [];
  #busyCount = 0;
  #isClosed = false;

  constructor(options: ImageProcessesOptions) {
    this.#options = options;
  }

  /** Waits for its turn. @throws MeshError as ImageProcess.run; the signal's reason */
  async run(request: ImageRequest, options: WorkOptions): Promise<ImageAnswer> {
    using limit = new TimeLimit(options);
    await this.#turn(limit.signal);
    const process = this.#take();
    try {
      return await process.run(request, limit.signal);
    } finally {
      await this.#giveBack(process);
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busyCount < this.#options.count) {
      this.#busyCount += 1;
      return;
    }
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
    });
  }

  #take(): ImageProcess {
    const idle = this.#idle.pop();
    if (idle?.isAlive === true) return idle;
    if (idle !== undefined) this.#all.delete(idle);
    const started = new ImageProcess(this.#options.memoryBytes);
    this.#all.add(started);
    return started;
  }

  async #giveBack(process: ImageProcess): Promise<void> {
    if (process.isAlive && !this.#isClosed) {
      this.#idle.push(process);
    } else {
      await process[Symbol.asyncDispose]();
      this.#all.delete(process);
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#busyCount -= 1;
    else next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((process) => process[Symbol.asyncDispose]()));
    this.#all.clear();
  }
}
