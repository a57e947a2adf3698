import { fork, type ChildProcess } from 'node:child_process';
import { stopChild } from '@infermesh/lifecycle';
import type { Driver, WorkerExit, WorkerHandle, WorkerSpec } from './driver.js';
import { workerEnvironment, type WorkerSettings } from './worker-environment.js';
import { workerMessage } from './worker-message.js';

export interface ProcessDriverOptions extends WorkerSettings {
  /** The compiled entry of the worker, an absolute path. */
  readonly workerEntry: string;
  /** What becomes of the workers' output; default `inherit`: their log lines follow ours. */
  readonly output?: 'inherit' | 'ignore';
  /** A worker that takes jobs and says nothing for so long is killed: it is alive for the system alone. Default 20 s. */
  readonly hangTimeoutMs?: number;
}

/** How long a worker that has closed its channel may take to end by itself. */
const lingerMs = 1_000;

/** How long it may take after that, told to stop, before it is killed. */
const disconnectGraceMs = 5_000;

/** Runs each worker as a child of this process. A worker ends itself when its channel closes, so none outlives us. */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  return {
    kind: 'process',
    start: (spec) => startProcess(spec, options),
  };
}

function startProcess(spec: WorkerSpec, options: ProcessDriverOptions): WorkerHandle {
  const output = options.output ?? 'inherit';
  const child = fork(options.workerEntry, [], {
    env: workerEnvironment(spec, options),
    execArgv: [],
    stdio: ['ignore', output, output, 'ipc'],
  });
  const exited = exitOf(child);
  killWhenHung(child, options.hangTimeoutMs ?? 20_000);
  child.once('disconnect', () => {
    // It closes its channel as the last thing it does: a signal now would only spoil its exit code.
    const timer = setTimeout(() => void stopChild(child, 'SIGTERM', disconnectGraceMs), lingerMs);
    child.once('exit', () => {
      clearTimeout(timer);
    });
  });
  return {
    id: spec.workerId,
    pid: child.pid,
    warmCheckpoints: warmCheckpointsOf(child),
    exited,
    ready: Promise.race([readinessOf(child), exited.then(() => false)]),
    stop: (graceMs) => stopChild(child, 'SIGTERM', graceMs),
  };
}

/** Looks counted, not time: after a standstill of this process itself there is one look, not a verdict. */
const looksBeforeKill = 10;

/** Watches from the worker's first word on. */
function killWhenHung(child: ChildProcess, hangTimeoutMs: number): void {
  let silentLooks = 0;
  let timer: NodeJS.Timeout | undefined;
  child.on('message', () => {
    silentLooks = 0;
    timer ??= setInterval(() => {
      silentLooks += 1;
      if (silentLooks > looksBeforeKill) child.kill('SIGKILL');
    }, hangTimeoutMs / looksBeforeKill).unref();
  });
  child.once('exit', () => {
    clearInterval(timer);
  });
}

function exitOf(child: ChildProcess): Promise<WorkerExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, startError: error.message });
    });
  });
}

function warmCheckpointsOf(child: ChildProcess): () => readonly string[] {
  let warm: readonly string[] = [];
  child.on('message', (raw) => {
    const message = workerMessage.safeParse(raw).data;
    if (message?.type === 'alive') warm = message.warmCheckpoints;
  });
  return () => warm;
}

function readinessOf(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.on('message', (raw) => {
      if (workerMessage.safeParse(raw).data?.type === 'ready') resolve(true);
    });
  });
}
