import type { ChildProcess } from 'node:child_process';
import { MeshError, fromErrorDto } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import type { FromChild, ToChild, Vitals } from './messages.js';
import type { ModelProcess, ModelProcessExit, ModelProcessInfo, RunOptions } from './model-process.js';
import { ModelRun } from './model-run.js';
import { OutputTail } from './output-tail.js';
import { findRssBytes } from './rss-bytes.js';
import type { ModelProcessOptions } from './model-process-options.js';

const memoryWatchMs = 250;
const defaultStopGraceMs = 2000;

/** The parent's side of one forked model process. */
export class ChildModelProcess implements ModelProcess {
  readonly exited: Promise<ModelProcessExit>;
  readonly #child: ChildProcess;
  readonly #options: ModelProcessOptions;
  readonly #logger: Logger;
  readonly #startedMs = performance.now();
  readonly #runs = new Map<number, ModelRun>();
  readonly #output: OutputTail;
  readonly #memoryWatch: NodeJS.Timeout;
  #nextId = 1;
  #kind: string | null = null;
  #info: ModelProcessInfo | null = null;
  #vitals: Vitals = { rssBytes: 0, executionProvider: null };
  #exit: ModelProcessExit | null = null;
  #endReason: ModelProcessExit['reason'] | null = null;
  #onLoaded: (error: MeshError | null) => void = () => undefined;

  constructor(child: ChildProcess, options: ModelProcessOptions) {
    this.#child = child;
    this.#options = options;
    this.#logger = options.logger.child({ modelProcess: child.pid });
    this.#output = new OutputTail(child.stderr);
    child.stdout?.resume();
    child.on('message', (message) => {
      this.#receive(message as FromChild);
    });
    // An `error` comes when the fork or a send fails; the exit that follows tells all.
    child.on('error', (error) => {
      this.#logger.warn({ err: error }, 'model process channel failed');
    });
    this.exited = this.#watchExit();
    this.#memoryWatch = setInterval(() => void this.#watchMemory(), memoryWatchMs);
  }

  get info(): ModelProcessInfo {
    if (this.#info === null) throw new Error('the model process is not loaded');
    return { ...this.#info, executionProvider: this.#vitals.executionProvider };
  }

  get rssBytes(): number {
    return this.#vitals.rssBytes;
  }

  /** Sends the checkpoints and waits until the child is ready. See `startModelProcess` for what it throws. */
  async load(): Promise<void> {
    const { options, checkpoints, executionProviders, threads, scratchFolder, loadTimeoutMs } = this.#options;
    const loaded = new Promise<void>((resolve, reject) => {
      this.#onLoaded = (error) => {
        if (error === null) resolve();
        else reject(error);
      };
    });
    const timer = setTimeout(() => {
      this.#onLoaded(new MeshError('ENDPOINT_NOT_READY', `the checkpoint did not load within ${loadTimeoutMs} ms`));
      this.#kill('unresponsive');
    }, loadTimeoutMs);
    try {
      this.#send({ type: 'load', options, checkpoints, executionProviders, threads, scratchFolder });
      await loaded;
    } finally {
      clearTimeout(timer);
    }
  }

  async run<Result>(item: unknown, options: RunOptions<Result>): Promise<Result> {
    if (this.#exit !== null || this.#endReason !== null) throw this.#lossOfRun();
    const id = this.#nextId++;
    const run = new ModelRun<Result>(options, this.#options.cancelGraceMs, {
      onCancel: () => {
        this.#send({ type: 'cancel', id });
      },
      onGraceOver: () => {
        this.#giveUp(id);
      },
    });
    this.#runs.set(id, run as ModelRun);
    try {
      this.#send({ type: 'run', id, item });
    } catch (error) {
      run.fail(new MeshError('INTERNAL', 'the item cannot be sent to a model process', { cause: error }));
    }
    try {
      return await run.outcome;
    } finally {
      this.#runs.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endReason ??= 'stopped';
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#options.stopGraceMs ?? defaultStopGraceMs);
    await this.exited;
    clearTimeout(timer);
  }

  #receive(message: FromChild): void {
    if ('vitals' in message) this.#vitals = message.vitals;
    if ('id' in message) {
      this.#receiveForRun(message);
      return;
    }
    switch (message.type) {
      case 'booted':
        this.#kind = message.kind;
        break;
      case 'ready':
        this.#becomeReady(message.maxBatch);
        break;
      case 'started':
        for (const id of message.ids) this.#start(id);
        break;
      case 'refused':
        this.#logger.warn({ detail: message.detail }, 'model process refused its checkpoints');
        this.#onLoaded(fromErrorDto(message.error));
        break;
    }
  }

  #start(id: number): void {
    const run = this.#runs.get(id);
    if (run !== undefined) run.hasStarted = true;
  }

  #receiveForRun(message: Extract<FromChild, { readonly id: number }>): void {
    const run = this.#runs.get(message.id);
    if (message.type === 'failed' && message.error.code !== 'CANCELLED') {
      this.#logger.warn({ code: message.error.code, detail: message.detail }, 'run failed in the model process');
    }
    if (run === undefined) return;
    switch (message.type) {
      case 'progress':
        run.progress(message.fraction, message.stage);
        break;
      case 'part':
        run.part(message.part);
        break;
      case 'succeeded':
        run.succeed(message.result);
        break;
      case 'failed':
        run.fail(fromErrorDto(message.error));
        break;
      case 'dropped':
        run.fail(new MeshError('CANCELLED', 'the item was dropped'));
        break;
    }
  }

  #becomeReady(maxBatch: number): void {
    this.#info = {
      kind: this.#kind ?? '',
      pid: this.#child.pid ?? 0,
      executionProvider: this.#vitals.executionProvider,
      threads: this.#options.threads,
      maxBatch,
      loadMs: Math.round(performance.now() - this.#startedMs),
      loadedRssBytes: this.#vitals.rssBytes,
    };
    this.#logger.info(this.#info, 'model process ready');
    this.#onLoaded(null);
  }

  /**
   * A cancelled run's grace is over. If others still compute beside it, or it never started, the process is not stuck
   * for its sake: the run alone is given up.
   */
  #giveUp(id: number): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const othersCompute = [...this.#runs.values()].some((other) => other.hasStarted && other.isWanted);
    if (run.hasStarted && !othersCompute) this.#kill('unresponsive');
    else run.fail(new MeshError('CANCELLED', 'the item was given up'));
  }

  async #watchMemory(): Promise<void> {
    const rssBytes = await findRssBytes(this.#child.pid ?? 0);
    if (rssBytes === undefined || this.#exit !== null) return;
    this.#vitals = { ...this.#vitals, rssBytes };
    if (rssBytes > this.#options.memoryLimitBytes) this.#kill('memory');
  }

  #kill(reason: 'unresponsive' | 'memory'): void {
    this.#endReason ??= reason;
    this.#child.kill('SIGKILL');
  }

  async #watchExit(): Promise<ModelProcessExit> {
    const ending = await exitOf(this.#child);
    // Its last words tell a heap that overflowed. (Node 20 emits no `close` for a child whose channel we closed.)
    await this.#output.closed;
    clearInterval(this.#memoryWatch);
    const ranOutOfHeap = this.#output.text.includes('JavaScript heap out of memory');
    const exit: ModelProcessExit = { ...ending, reason: this.#endReason ?? (ranOutOfHeap ? 'memory' : 'crashed') };
    this.#exit = exit;
    this.#logger[exit.reason === 'stopped' ? 'debug' : 'warn'](
      { ...exit, output: this.#output.text },
      'model process ended',
    );
    this.#onLoaded(this.#lossOfLoad());
    const loss = this.#lossOfRun();
    for (const run of this.#runs.values()) run.fail(loss);
    return exit;
  }

  #lossOfRun(): MeshError {
    const reason = this.#exit?.reason ?? this.#endReason;
    return reason === 'memory'
      ? new MeshError('OUT_OF_MEMORY', 'the model process went over its memory limit')
      : new MeshError('WORKER_LOST', reason === 'stopped' ? 'the model process was stopped' : 'the model process died');
  }

  #lossOfLoad(): MeshError {
    if (this.#exit?.reason === 'memory')
      return new MeshError('OUT_OF_MEMORY', 'the checkpoint needs more memory than a model process may use');
    if (this.#exit?.reason === 'stopped') return this.#lossOfRun();
    if (this.#kind === null)
      return new MeshError('INTERNAL', 'the model process could not be started; the log of the service has the cause');
    return new MeshError('CHECKPOINT_CORRUPT', 'the model process died while it loaded the checkpoint');
  }

  #send(message: ToChild): void {
    if (!this.#child.connected) return;
    this.#child.send(message, (error) => {
      if (error !== null) this.#logger.debug({ err: error }, 'a message to the model process was lost');
    });
  }
}

/** A child that could not be spawned at all emits `error` and no `exit`. */
function exitOf(child: ChildProcess): Promise<Pick<ModelProcessExit, 'exitCode' | 'signal'>> {
  if (child.pid === undefined) return Promise.resolve({ exitCode: null, signal: null });
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode, signal });
    });
  });
}
