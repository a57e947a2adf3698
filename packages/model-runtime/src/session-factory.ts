import type { CheckpointFile } from './checkpoint-file.js';
import type { ExecutionProvider } from './execution-provider.js';
import type { Tensor, TensorInfo } from './tensor.js';

/** Opens ONNX models inside a model process. */
export interface SessionFactory {
  /**
   * Checks the file (see `checkOnnxFile`), then opens it on the first execution provider that accepts it.
   *
   * @throws MeshError CHECKPOINT_CORRUPT
   */
  open(checkpoint: CheckpointFile): Promise<ModelSession>;
}

/** An opened model. Running it blocks the process's event loop until it is done: keep single runs short. */
export interface ModelSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The author's own pairs in the file, for example `scale`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly executionProvider: ExecutionProvider;
  /** @throws Error when the model refuses the inputs or fails */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

export interface SessionSettings {
  /** In order of preference; a provider that this machine lacks is passed over. */
  readonly executionProviders: readonly ExecutionProvider[];
  /** Threads one operator may use. */
  readonly threads: number;
}
