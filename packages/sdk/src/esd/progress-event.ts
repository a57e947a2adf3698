import type { Inference } from './inference.js';

/** One step of a job as its caller sees it. `elapsedMs` counts from the first step of the same call. */
export type ProgressEvent =
  | { readonly step: 'create' }
  | { readonly step: 'upload'; readonly inferenceId: string; readonly sizeBytes: number }
  | { readonly step: 'start'; readonly inferenceId: string }
  | { readonly step: 'wait'; readonly inferenceId: string; readonly inference: Inference; readonly elapsedMs: number }
  | {
      readonly step: 'download';
      readonly inferenceId: string;
      readonly receivedBytes: number;
      readonly totalBytes: number | null;
    };

/** Called in order, synchronously; what it throws ends the call. */
export type OnProgress = (event: ProgressEvent) => void;
