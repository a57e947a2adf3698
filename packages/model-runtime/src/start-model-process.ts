import { fork, type ChildProcess } from 'node:child_process';
import { ChildModelProcess } from './child-model-process.js';
import type { ModelProcess } from './model-process.js';
import type { ModelProcessOptions } from './model-process-options.js';

/**
 * Forks a model process and waits until it has loaded its checkpoints.
 *
 * @throws MeshError CHECKPOINT_CORRUPT when the runtime refuses them or dies of them, or the runtime's own
 * @throws MeshError OUT_OF_MEMORY when loading takes more than `memoryLimitBytes`
 * @throws MeshError ENDPOINT_NOT_READY when loading takes longer than `loadTimeoutMs`
 * @throws MeshError INTERNAL when the entry file cannot be run
 * @throws MeshError WORKER_LOST when the signal aborts meanwhile
 */
export async function startModelProcess(options: ModelProcessOptions, signal?: AbortSignal): Promise<ModelProcess> {
  signal?.throwIfAborted();
  const process = new ChildModelProcess(forkModelProcess(options), options);
  const stop = (): void => void process[Symbol.asyncDispose]();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await process.load();
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function forkModelProcess({
  entry,
  memoryLimitBytes,
  environment = {},
  scratchFolder,
}: ModelProcessOptions): ChildProcess {
  return fork(entry, [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapLimitMebibytes(memoryLimitBytes)}`],
    // onnxruntime's packages report to their maker unless they are told not to, and keep a database of it in the home.
    env: { ...environment, ORT_DISABLE_TELEMETRY: '1', TMPDIR: scratchFolder },
    cwd: scratchFolder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Tensors and pixels lie outside V8's heap: half of the memory, and never more than V8 would take by itself, is plenty. */
function heapLimitMebibytes(memoryLimitBytes: number): number {
  return Math.round(Math.min(4096, Math.max(64, memoryLimitBytes / 2 ** 21)));
}
