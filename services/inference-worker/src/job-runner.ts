import type { CheckpointRef } from '@infermesh/contracts';
import type { ErrorCode } from '@infermesh/errors';
import type { Progress } from './held-claims.js';

/** A file a runtime wrote for the job's owner. */
export interface OutputFile {
  readonly name: string;
  readonly path: string;
  readonly mediaType: string;
}

export interface JobInput {
  readonly jobId: string;
  readonly jobType: string;
  /** What the record or the attached call carries inline. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The client's payload on disk; null when the job has none. */
  readonly payloadPath: string | null;
  /** Where outputs may be written; removed after the attempt. */
  readonly outputFolder: string;
  readonly checkpoints: readonly (CheckpointRef & { readonly path: string })[];
  /** Checkpoints of the job that could not be fetched, by name, and why. */
  readonly missingCheckpoints: Readonly<Record<string, MissingCheckpoint>>;
}

export interface MissingCheckpoint {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface RunContext {
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  readonly onProgress: (progress: Progress) => void;
}

export interface JobResult {
  readonly outputs: readonly OutputFile[];
  /** Small facts for the record, JSON. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** Runs one job somewhere else than on this process's event loop. */
export interface JobRunner extends AsyncDisposable {
  readonly jobTypes: readonly string[];
  /** SHA-256 of the checkpoints that are loaded now: jobs that need them start without a wait. */
  warmCheckpoints(): readonly string[];
  /** @throws MeshError; a retryable code means that another attempt may succeed */
  run(input: JobInput, context: RunContext): Promise<JobResult>;
}
