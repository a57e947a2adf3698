import type { Inference } from '../esd/inference.js';
import type { ProgressEvent } from '../esd/progress-event.js';
import { printable } from './printable.js';
import { sizeText } from './size-text.js';
import { StatusLine } from './status-line.js';
import type { Terminal } from './terminal.js';

/** Shows how a job gets on. Dispose of it before anything else is written. */
export class ProgressLine implements Disposable {
  readonly #line: StatusLine;

  constructor(stderr: Terminal['stderr']) {
    this.#line = new StatusLine(stderr);
  }

  show(event: ProgressEvent): void {
    this.#line.show(liveText(event), plainText(event));
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}

function liveText(event: ProgressEvent): string {
  switch (event.step) {
    case 'create':
      return 'creating the job';
    case 'upload':
      return `uploading ${sizeText(event.sizeBytes)}`;
    case 'start':
      return 'starting';
    case 'wait':
      return stateText(event.inference);
    case 'download':
      return `downloading ${sizeText(event.receivedBytes)}${event.totalBytes === null ? '' : ` of ${sizeText(event.totalBytes)}`}`;
  }
}

/** Logs want a line at a change, not at every chunk. */
function plainText(event: ProgressEvent): string | null {
  if (event.step === 'download')
    return event.receivedBytes === event.totalBytes ? `downloaded ${sizeText(event.receivedBytes)}` : null;
  if (event.step === 'upload') return `${liveText(event)} for job ${printable(event.inferenceId)}`;
  return liveText(event);
}

function stateText({ status, progress }: Inference): string {
  if (status === 'succeed') return 'succeeded';
  if (status === 'failed') return 'failed';
  const parts = [
    progress?.stage == null
      ? status === 'created'
        ? 'waiting for the start'
        : 'in progress'
      : printable(progress.stage),
  ];
  if (progress?.queuePosition != null) parts.push(`${progress.queuePosition} ahead in the queue`);
  if (progress?.fraction != null) parts.push(`${Math.round(progress.fraction * 100)} %`);
  return parts.join(', ');
}
