import type { Readable } from 'node:stream';

const maxLength = 4000;

/** Keeps the last lines that a child wrote, for the log entry about its death. */
export class OutputTail {
  #text = '';

  constructor(stream: Readable | null) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text = (this.#text + chunk).slice(-maxLength);
    });
  }

  get text(): string {
    return this.#text;
  }
}
