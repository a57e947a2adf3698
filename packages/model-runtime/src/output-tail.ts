import type { Readable } from 'node:stream';

const maxLength = 4000;

/** Keeps the last lines that a child wrote, for the log entry about its death. */
export class OutputTail {
  /** Resolves when the child's end of the stream is closed and all was read. */
  readonly closed: Promise<void>;
  #text = '';

  constructor(stream: Readable | null) {
    this.closed = new Promise((resolve) => {
      if (stream === null) resolve();
      else stream.once('close', resolve);
    });
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text = (this.#text + chunk).slice(-maxLength);
    });
  }

  get text(): string {
    return this.#text;
  }
}
