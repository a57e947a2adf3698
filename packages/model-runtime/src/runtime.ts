import type { z } from 'zod';
import type { CheckpointFile } from './checkpoint-file.js';
import type { SessionFactory } from './session-factory.js';

/** One way to run models: image scaling, text embedding and so on. It lives INSIDE a model process. */
export interface Runtime<Options, Item, Result> {
  /** Names the runtime in keys, logs and errors, for example `extras`. */
  readonly kind: string;
  readonly schema: {
    readonly options: z.ZodType<Options>;
    readonly item: z.ZodType<Item>;
    readonly result: z.ZodType<Result>;
  };
  /** Makes ready to run. A throw that is no MeshError becomes CHECKPOINT_CORRUPT. */
  load(context: LoadContext<Options>): Promise<LoadedRuntime<Item, Result>>;
}

export interface LoadContext<Options> {
  readonly options: Options;
  readonly checkpoints: Readonly<Record<string, CheckpointFile>>;
  readonly sessions: SessionFactory;
  /** Where items' files lie; a runtime reads and writes client files nowhere else, see `confinedPath`. */
  readonly scratchFolder: string;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
}

export interface LoadedRuntime<Item, Result> {
  /** How many items `run` may get at once. */
  readonly maxBatch: number;
  /**
   * Settles every item by `succeed` or `fail`, in any order, at any time before it returns. What it throws fails all
   * items still open; an item left open is a defect. Never called again before it has returned.
   */
  run(batch: readonly RuntimeItem<Item, Result>[]): Promise<void>;
  dispose(): Promise<void>;
}

/** One item of a batch. */
export interface RuntimeItem<Item, Result> {
  readonly item: Item;
  /** Aborted when this one item is no longer wanted; the rest of the batch goes on. */
  readonly signal: AbortSignal;
  /** @param fraction 0..1 */
  progress(fraction: number, stage?: string): void;
  /** Sends a part of the answer ahead of its end. Resolves once it is on its way: awaiting it bounds memory. */
  emit(part: unknown): Promise<void>;
  succeed(result: Result): void;
  fail(error: unknown): void;
}
