import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killProcess } from '../../harness/mesh-process.js';
import type { Json } from './wire.js';

/** A program of this folder under Debian's Python. It tells what happens in lines of JSON. */
export class PythonProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly facts: Json[] = [];
  readonly #complaints: string[] = [];
  readonly #listeners = new Set<() => void>();
  #isOver = false;
  readonly #ended: Promise<void>;

  constructor(name: 'python_client.py' | 'python_worker.py', args: readonly string[]) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    const child = spawn('python3', ['-B', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => this.#complaints.push(chunk.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.facts.push(JSON.parse(line) as Json);
      this.#notify();
    });
    this.child = child;
    this.#ended = once(child, 'close').then(() => {
      this.#isOver = true;
      this.#notify();
    });
  }

  /** The first fact of that kind, as soon as it is told. @throws Error when the program ends before */
  async told(event: string): Promise<Json> {
    for (;;) {
      const fact = this.facts.find((one) => one['event'] === event);
      if (fact !== undefined) return fact;
      if (this.#isOver) throw new Error(`no ${event}: ${JSON.stringify(this.facts)} ${this.#complaints.join('')}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  /** @returns its exit code */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await killProcess(this.child);
    await this.#ended;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
