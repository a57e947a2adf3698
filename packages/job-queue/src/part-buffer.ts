export interface PartBufferOptions {
  /** The reader is slower than the handler. */
  readonly onFull: () => void;
  readonly onRoom: () => void;
  /** The reader left before the end. */
  readonly onLeft: () => void;
}

const fullBytes = 262_144;
const roomBytes = 65_536;

/** Parts that have arrived and were not read yet. Read by one loop. */
export class PartBuffer<Part> implements AsyncIterable<Part> {
  readonly #options: PartBufferOptions;
  #waiting: { part: Part; bytes: number }[] = [];
  #bytes = 0;
  #askedAtBytes = 0;
  #end: { error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: PartBufferOptions) {
    this.#options = options;
  }

  push(part: Part, bytes: number): void {
    this.#waiting.push({ part, bytes });
    this.#bytes += bytes;
    if (this.#bytes >= this.#askedAtBytes + fullBytes) {
      this.#askedAtBytes = this.#bytes; // a lost request is repeated when as much has come again
      this.#options.onFull();
    }
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Part, void, undefined> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          this.#release(next.bytes);
          yield next.part;
        } else if (this.#end !== undefined) {
          if (this.#end.error !== undefined) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      if (this.#end === undefined) this.#options.onLeft();
    }
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#askedAtBytes > 0 && this.#bytes < roomBytes) {
      this.#askedAtBytes = 0;
      this.#options.onRoom();
    }
  }
}
