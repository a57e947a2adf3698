import type { ModelProcess } from './model-process.js';

/** A loaded model process and who uses it. A retired one takes nobody in and ends when the last user leaves. */
export class Resident {
  readonly process: ModelProcess;
  #userCount = 0;
  #isRetired = false;
  #lastUsedMs = performance.now();

  constructor(process: ModelProcess) {
    this.process = process;
  }

  get userCount(): number {
    return this.#userCount;
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  get lastUsedMs(): number {
    return this.#lastUsedMs;
  }

  enter(): void {
    this.#userCount += 1;
    this.#lastUsedMs = performance.now();
  }

  leave(): void {
    this.#userCount -= 1;
    this.#lastUsedMs = performance.now();
    this.#endIfUnused();
  }

  retire(): void {
    this.#isRetired = true;
    this.#endIfUnused();
  }

  #endIfUnused(): void {
    // Disposing cannot fail: it ends with the process's exit, which the supervisor watches.
    if (this.#isRetired && this.#userCount === 0) void this.process[Symbol.asyncDispose]();
  }
}
