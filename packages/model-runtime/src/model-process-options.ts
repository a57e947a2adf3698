import type { Logger } from '@infermesh/telemetry';
import type { CheckpointFile } from './checkpoint-file.js';
import type { ExecutionProvider } from './execution-provider.js';

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
  /** Resident memory at which the process is killed. Looked at four times a second, where /proc exists. */
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
