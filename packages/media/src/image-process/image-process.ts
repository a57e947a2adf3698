import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fromErrorDto, MeshError } from '@infermesh/errors';
import { childEntry, stopChild } from '@infermesh/lifecycle';
import type { FromImageProcess, ImageAnswer, ImageRequest } from './messages.js';

const lookEveryMs = 50;
const heapLimitMebibytes = 256;

/** One child that decodes images, one at a time. Killed when it is late, too large, or no longer wanted. */
export class ImageProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #memoryBytes: number;
  readonly #ready: Promise<void>;
  #settle: ((message: FromImageProcess | { readonly kind: 'gone' }) => void) | undefined;
  #isTooLarge = false;

  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
    this.#child = fork(childEntry(import.meta.url, './image-process-main.js'), {
      serialization: 'advanced',
      env: {},
      execArgv: [`--max-old-space-size=${heapLimitMebibytes}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message: FromImageProcess) => this.#settle?.(message));
    this.#child
      .once('exit', () => this.#settle?.({ kind: 'gone' }))
      .on('error', () => this.#settle?.({ kind: 'gone' }));
    this.#ready = this.#next().then(() => undefined);
  }

  get isAlive(): boolean {
    const { pid, killed, exitCode, signalCode } = this.#child;
    return pid !== undefined && !killed && exitCode === null && signalCode === null;
  }

  /**
   * @throws MeshError what the decoder raised; MEDIA_TOO_LARGE when it needs too much memory; MEDIA_INVALID when it crashed;
   * the signal's reason. After these the process is gone.
   */
  async run(request: ImageRequest, signal: AbortSignal): Promise<ImageAnswer> {
    signal.throwIfAborted();
    const kill = (): void => {
      this.#child.kill('SIGKILL');
    };
    signal.addEventListener('abort', kill);
    const watch = setInterval(() => void this.#checkMemory(), lookEveryMs);
    try {
      await this.#ready;
      const answered = this.#next();
      if (this.isAlive) this.#child.send(request, (error) => error !== null && this.#settle?.({ kind: 'gone' }));
      return this.#read(await answered, signal);
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', kill);
    }
  }

  #read(message: FromImageProcess | { readonly kind: 'gone' }, signal: AbortSignal): ImageAnswer {
    if (message.kind === 'done') return message.answer;
    if (message.kind === 'failed') throw fromErrorDto(message.error);
    signal.throwIfAborted();
    if (this.#isTooLarge)
      throw new MeshError('MEDIA_TOO_LARGE', 'the image needs too much memory to decode; send a smaller one');
    throw new MeshError('MEDIA_INVALID', 'the image made its decoder fail; save it again as PNG or JPEG');
  }

  #next(): Promise<FromImageProcess | { readonly kind: 'gone' }> {
    return new Promise((resolve) => {
      if (this.isAlive) this.#settle = resolve;
      else resolve({ kind: 'gone' });
    });
  }

  /** Where /proc does not exist, nothing is watched. */
  async #checkMemory(): Promise<void> {
    const status = await readFile(`/proc/${this.#child.pid ?? 0}/status`, 'utf8').catch(() => '');
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1] ?? 0);
    if (kibibytes * 1024 <= this.#memoryBytes) return;
    this.#isTooLarge = true;
    this.#child.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopChild(this.#child, 'SIGKILL', 1000);
  }
}
