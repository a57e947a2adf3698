import type { Terminal } from './terminal.js';

const redrawMs = 200;

/**
 * One line that says how far the work is: redrawn, with the seconds, at a terminal; elsewhere a line for each new text. Dispose
 * of it before anything else is written.
 */
export class StatusLine implements Disposable {
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

  /** @param plain what goes into a log; null: nothing, it changes too often */
  show(live: string, plain: string | null = live): void {
    const text = this.#timer === null ? plain : live;
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
