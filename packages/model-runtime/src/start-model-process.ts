import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from '@infermesh/telemetry';
import type { CheckpointFile } from './checkpoint-file.js';
import { ChildModelProcess } from './child-model-process.js';
import type { ExecutionProvider } from './execution-provider.js';
import type { ModelProcess } from './model-process.js';

export interface ModelProcessOptions {
  /** Absolute path of the compiled file that calls `serveRuntime`, see `childEntry` of lifecycle. */
  readonly entry: string;
  /** The runtime's own options. */
  readonly options: unknown;
  readonly checkpoints: Readonly<Record<string, CheckpointFile>>;
  /** In order of preference. */
  readonly executionProviders: readonly ExecutionProvider[];
  /** Threads one operator may use. */
  readonly threads: number;
  /** Absolute; becomes the process's working and temporary folder. Items' files lie below it. */
  readonly scratchFolder: string;
  /** Resident memory at which the process is killed. Looked at twice a second, where /proc exists. */
  readonly memoryLimitBytes: number;
  readonly loadTimeoutMs: number;
  /** How long a cancelled or late run may take to let go before the process is killed. */
  readonly cancelGraceMs: number;
  /** How long the process may take to end when it is disposed of. Default 2000. */
  readonly stopGraceMs?: number;
  /** All that the process gets of an environment, for example `LD_LIBRARY_PATH` for CUDA. Default nothing. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/**
 * Forks a model process and waits until it has loaded its checkpoints.
 *
 * @throws MeshError CHECKPOINT_CORRUPT when the runtime refuses them or dies of them, or the runtime's own
 * @throws MeshError OUT_OF_MEMORY when loading takes more than `memoryLimitBytes`
 * @throws MeshError ENDPOINT_NOT_READY when loading takes longer than `loadTimeoutMs`
 * @throws MeshError INTERNAL when the entry file cannot be run
 */
export async function startModelProcess(options: ModelProcessOptions): Promise<ModelProcess> {
  const process = new ChildModelProcess(forkModelProcess(options), options);
  try {
    await process.load();
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

function forkModelProcess({ entry, memoryLimitBytes, environment = {}, scratchFolder }: ModelProcessOptions): ChildProcess {
  return fork(entry, [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapLimitMebibytes(memoryLimitBytes)}`],
    env: { ...environment, TMPDIR: scratchFolder },
    cwd: scratchFolder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Tensors and pixels lie outside V8's heap: half of the memory, and never more than V8 would take by itself, is plenty. */
function heapLimitMebibytes(memoryLimitBytes: number): number {
  return Math.round(Math.min(4096, Math.max(64, memoryLimitBytes / 2 ** 21)));
}
