import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { stopChild } from '@infermesh/lifecycle';

export interface ServiceProcessOptions {
  readonly name: string;
  /** What node runs: options, then the entry. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its output is kept; default nowhere. */
  readonly logPath?: string | undefined;
}

const lastLines = 20;
const stopGraceMs = 20_000;

/** One service in a process of its own, which can be killed and started again. */
export class ServiceProcess implements AsyncDisposable {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  readonly #log: WriteStream | undefined;
  readonly #said: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  /** Ends that nobody asked for: a service that gives up under a fault. */
  readonly unexpectedExits: string[] = [];
  #child: ChildProcess | undefined;
  #isMeant = false;

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = options.logPath === undefined ? undefined : createWriteStream(options.logPath, { flags: 'a' });
  }

  get child(): ChildProcess {
    if (this.#child === undefined) throw new Error(`${this.name} was never started`);
    return this.#child;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  start(): void {
    const { name, args, env } = this.#options;
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // it ends by itself when the tests are killed
    });
    this.#isMeant = false;
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      createInterface({ input: output }).on('line', (line) => {
        this.#hear(line);
      });
    }
    child.once('exit', (code, signal) => {
      if (!this.#isMeant) this.unexpectedExits.push(`${name} ended by itself (${signal ?? `code ${String(code)}`})`);
    });
  }

  /** Resolves with the first group of a line it says from now on. @throws Error when it ends before */
  async line(wanted: RegExp): Promise<string> {
    const { child } = this;
    return await new Promise((resolve, reject) => {
      const hear = (line: string): void => {
        const answer = wanted.exec(line)?.[1];
        if (answer === undefined) return;
        this.#listeners.delete(hear);
        resolve(answer);
      };
      this.#listeners.add(hear);
      child.once('exit', () => {
        reject(new Error(`${this.name} ended before it served: ${this.#said.join('\n')}`));
      });
    });
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    this.#isMeant = true;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #hear(line: string): void {
    this.#log?.write(`${line}\n`);
    this.#said.push(line);
    if (this.#said.length > lastLines) this.#said.shift();
    for (const listener of this.#listeners) listener(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isMeant = true;
    if (this.#child !== undefined) await stopChild(this.#child, 'SIGTERM', stopGraceMs);
    this.#log?.end();
  }
}
