import type { TransferProgress } from '../checkpoints/push-checkpoint.js';
import { sizeText } from './size-text.js';
import { StatusLine } from './status-line.js';
import type { Terminal } from './terminal.js';

const barWidth = 24;

/** A bar of what has been sent or fetched, with the speed. Dispose of it before anything else is written. */
export class TransferLine implements Disposable {
  readonly #line: StatusLine;
  readonly #startedAt = performance.now();
  #firstBytes: number | undefined;
  #toldTenths = -1;

  constructor(stderr: Terminal['stderr']) {
    this.#line = new StatusLine(stderr);
  }

  show(progress: TransferProgress): void {
    if (progress.step === 'verify') {
      this.#line.show('comparing digests');
      return;
    }
    const { step, doneBytes, totalBytes } = progress;
    this.#firstBytes ??= doneBytes;
    const fraction = totalBytes === 0 ? 1 : doneBytes / totalBytes;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const speed =
      seconds < 0.5 ? '' : `  ${sizeText(Math.round(Math.max(0, doneBytes - this.#firstBytes) / seconds))}/s`;
    const filled = Math.round(fraction * barWidth);
    const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`;
    const text = `${step} [${bar}] ${String(Math.floor(fraction * 100)).padStart(3)} %  ${sizeText(doneBytes)} of ${sizeText(totalBytes)}`;
    this.#line.show(`${text}${speed}`, this.#isNewTenth(fraction) ? text : null);
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  /** Logs want a line now and then. */
  #isNewTenth(fraction: number): boolean {
    const tenths = Math.floor(fraction * 10);
    if (tenths <= this.#toldTenths) return false;
    this.#toldTenths = tenths;
    return true;
  }
}
