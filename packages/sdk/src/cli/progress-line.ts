import type { Inference } from '../esd/inference.js';
import type { ProgressEvent } from '../esd/progress-event.js';
import { printable } from './printable.js';
import { sizeText } from './size-text.js';
import type { Terminal } from './terminal.js';

const redrawMs = 200;

/**
 * Shows how a job gets on: one line, redrawn, at a terminal; elsewhere a line for each new state. Dispose of it before
 * anything else is written.
 */
export class ProgressLine implements Disposable {
  readonly #stderr: Terminal['stderr'];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout | null;
  #text = '';

  constructor(stderr: Terminal['stderr']) {
    this.#stderr = stderr;
    const draw = (): void => {
      this.#draw();
    };
    this.#timer = stderr.isTTY === true ? setInterval(draw, redrawMs).unref() : null;
  }

  show(event: ProgressEvent): void {
    const text = this.#timer === null ? plainText(event) : liveText(event);
    if (text === null || text === this.#text) return;
    this.#text = text;
    if (this.#timer === null) this.#stderr.write(`${text}\n`);
    else this.#draw();
  }

  [Symbol.dispose](): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#stderr.write('\r\u001b[2K');
  }

  #draw(): void {
    if (this.#text === '') return;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    const line = `${this.#text}  ${seconds} s`;
    this.#stderr.write(`\r\u001b[2K${line.slice(0, widthOf(this.#stderr) - 1)}`);
  }
}

/** A terminal that does not know its width says 0. */
function widthOf({ columns = 0 }: Terminal['stderr']): number {
  return columns > 0 ? columns : 80;
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
