import type { z } from 'zod';
import type { ExecutionProvider } from './execution-provider.js';
import type { Patience } from './until-over.js';

export interface RunOptions<Result> extends Patience {
  readonly resultSchema: z.ZodType<Result>;
  /** @param fraction 0..1 */
  readonly onProgress?: (fraction: number, stage: string | null) => void;
  readonly onPart?: (part: unknown) => void;
}

export interface ModelProcessInfo {
  readonly kind: string;
  readonly pid: number;
  /** Where its latest model computes; null when it has opened none yet. */
  readonly executionProvider: ExecutionProvider | null;
  readonly threads: number;
  readonly maxBatch: number;
  /** From the fork to ready. */
  readonly loadMs: number;
  /** Resident memory right after loading. */
  readonly loadedRssBytes: number;
}

export interface ModelProcessExit {
  /** stopped: by its owner. unresponsive: killed, as a cancelled run did not let go. memory: killed over its limit. */
  readonly reason: 'stopped' | 'unresponsive' | 'memory' | 'crashed';
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that holds one runtime with its checkpoints. Disposing ends it; runs in flight fail with WORKER_LOST. */
export interface ModelProcess extends AsyncDisposable {
  readonly info: ModelProcessInfo;
  readonly exited: Promise<ModelProcessExit>;
  /** Resident memory when last seen. */
  readonly rssBytes: number;
  /**
   * Runs one item; several at once are batched inside. A cancel or deadline settles once the process has let the item
   * go, which it must within its grace: otherwise it is killed, unless others still run in it.
   *
   * @throws MeshError the runtime's own; MODEL_FAILED when the model raised an error
   * @throws MeshError WORKER_LOST when the process died; OUT_OF_MEMORY when it died of its memory limit
   * @throws MeshError CANCELLED or the signal's own; DEADLINE_EXCEEDED
   */
  run<Result>(item: unknown, options: RunOptions<Result>): Promise<Result>;
}
