import type { ErrorDto } from '@infermesh/errors';
import type { CheckpointFile } from './checkpoint-file.js';
import type { ExecutionProvider } from './execution-provider.js';

/** What a process and its model process say to each other. Both run the same build, so it carries no version. */
export type ToChild =
  | {
      readonly type: 'load';
      readonly options: unknown;
      readonly checkpoints: Readonly<Record<string, CheckpointFile>>;
      readonly executionProviders: readonly ExecutionProvider[];
      readonly threads: number;
      readonly scratchFolder: string;
    }
  | { readonly type: 'run'; readonly id: number; readonly item: unknown }
  | { readonly type: 'cancel'; readonly id: number };

export type FromChild =
  /** The entry file is loaded; what fails from here on is the checkpoint's fault. */
  | { readonly type: 'booted'; readonly kind: string }
  | { readonly type: 'ready'; readonly maxBatch: number; readonly vitals: Vitals }
  | { readonly type: 'refused'; readonly error: ErrorDto; readonly detail: string }
  /** These items are the batch that runs now. */
  | { readonly type: 'started'; readonly ids: readonly number[] }
  | { readonly type: 'progress'; readonly id: number; readonly fraction: number; readonly stage: string | null }
  | { readonly type: 'part'; readonly id: number; readonly part: unknown }
  | { readonly type: 'succeeded'; readonly id: number; readonly result: unknown; readonly vitals: Vitals }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly error: ErrorDto;
      readonly detail: string;
      readonly vitals: Vitals;
    }
  /** The cancelled item is let go. */
  | { readonly type: 'dropped'; readonly id: number; readonly vitals: Vitals };

/** How the model process is, or was at most a tenth of a second ago; told with each item's end. */
export interface Vitals {
  readonly rssBytes: number;
  readonly executionProvider: ExecutionProvider | null;
}
