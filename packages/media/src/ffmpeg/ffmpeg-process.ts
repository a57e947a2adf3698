import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Readable as NodeReadable } from 'node:stream';
import { MeshError } from '@infermesh/errors';
import { stopChild } from '@infermesh/lifecycle';
import { TimeLimit, type WorkOptions } from '../time-limit.js';

/** What one ffmpeg may use. */
export interface FfmpegBounds {
  /** Processor time, of all its threads. */
  readonly cpuSeconds: number;
  /** Address space. */
  readonly memoryBytes: number;
  /** Of a file that it writes. */
  readonly maxFileBytes: number;
}

export interface FfmpegRun extends WorkOptions {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** For `pipe:0`. */
  readonly input: Uint8Array | null;
  readonly bounds: FfmpegBounds;
}

/** Of what it says the beginning is kept: there it describes its input. */
const keptTextBytes = 65_536;
const blockBytes = 512;

/** Sets the limits on itself, then becomes ffmpeg. Its arguments stay arguments: the shell reads none of them. */
const limitAndRun =
  'ulimit -c 0; ulimit -t "$1"; ulimit -f "$2"; ulimit -v "$3" 2>/dev/null; ulimit -n 64; shift 3; exec "$@"';

/** A running ffmpeg: no input but what it is given, no environment, killed by its bounds, its deadline and its signal. */
export class FfmpegProcess implements AsyncDisposable {
  readonly stdout: Readable;
  readonly #child: ChildProcess;
  readonly #limit: TimeLimit;
  readonly #exited: Promise<void>;
  #text = '';

  constructor({ program, args, input, bounds, signal, deadlineAt }: FfmpegRun) {
    this.#limit = new TimeLimit({ signal, deadlineAt });
    const { cpuSeconds, memoryBytes, maxFileBytes } = bounds;
    const limits = [cpuSeconds, Math.ceil(maxFileBytes / blockBytes), Math.ceil(memoryBytes / 1024)].map(String);
    const child = spawn('/bin/sh', ['-c', limitAndRun, 'sh', ...limits, program, ...args], {
      env: {},
      stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.stdout = child.stdout ?? NodeReadable.from([]);
    this.stdout.on('error', () => undefined);
    child.stderr?.on('data', (chunk: Buffer) => {
      if (this.#text.length < keptTextBytes) this.#text += chunk.toString('utf8');
    });
    this.#exited = new Promise((resolve) => {
      child.once('close', resolve).once('error', resolve);
    });
    // It may have read enough before the end, and close its side.
    if (child.stdin !== null && input !== null)
      pipeline(NodeReadable.from(chunksOf(input)), child.stdin).catch(() => undefined);
    this.#limit.signal.addEventListener('abort', this.#kill);
    if (this.#limit.signal.aborted) this.#kill();
  }

  /** What it said so far, its beginning. */
  get text(): string {
    return this.#text;
  }

  /**
   * Waits for its end; somebody must read `stdout` meanwhile.
   *
   * @throws MeshError MEDIA_INVALID when it failed, MEDIA_TOO_LARGE when it ran into its bounds, DEADLINE_EXCEEDED;
   * INTERNAL when it could not be started; the signal's reason
   */
  async finished(): Promise<void> {
    await this.#exited;
    this.#limit.signal.throwIfAborted();
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return;
    throw failureOf(exitCode, signalCode, this.#text);
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#limit.signal.removeEventListener('abort', this.#kill);
    this.#limit[Symbol.dispose]();
    await stopChild(this.#child, 'SIGKILL', 1000);
    this.stdout.destroy();
  }
}

const inputChunkBytes = 262_144;

function* chunksOf(input: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < input.length; at += inputChunkBytes) yield input.subarray(at, at + inputChunkBytes);
}

function failureOf(exitCode: number | null, signalCode: string | null, text: string): MeshError {
  const cause = new Error(`ffmpeg ended with ${signalCode ?? `code ${String(exitCode)}`}: ${text.slice(-2000)}`);
  if (exitCode === null && signalCode === null) {
    return new MeshError('INTERNAL', 'ffmpeg could not be started', { cause });
  }
  if (signalCode === 'SIGXFSZ' || text.includes('File too large')) {
    return new MeshError('MEDIA_TOO_LARGE', 'the converted media would be over the limit', { cause });
  }
  if (signalCode === 'SIGXCPU' || signalCode === 'SIGKILL') {
    return new MeshError('MEDIA_TOO_LARGE', 'the media takes too much processor time; send a smaller one', { cause });
  }
  if (text.includes('Cannot allocate memory')) {
    return new MeshError('MEDIA_TOO_LARGE', 'the media needs too much memory; send a smaller one', { cause });
  }
  return new MeshError('MEDIA_INVALID', 'the media is truncated or damaged, or of a codec that is not read', { cause });
}
