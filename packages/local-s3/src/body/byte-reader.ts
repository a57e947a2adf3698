import { S3Error } from '../s3-error.js';

function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'The request body ended before its announced end.');
}

/** Reads a stream line by line or piece by piece, holding no more than one chunk of it. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer, unknown>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * The next line without its end (LF, or CR LF); undefined at the end of the stream.
   * @throws S3Error InvalidRequest for a line over `maxBytes`
   */
  async findLine(maxBytes: number): Promise<string | undefined> {
    let line = '';
    for (;;) {
      const end = this.#buffered.indexOf(0x0a);
      line += this.#buffered.toString('latin1', 0, end < 0 ? this.#buffered.byteLength : end);
      if (line.length > maxBytes) throw new S3Error('InvalidRequest', 'A line of the chunked body is too long.');
      if (end >= 0) {
        this.#buffered = this.#buffered.subarray(end + 1);
        return line.replace(/\r$/u, '');
      }
      if (!(await this.#fill())) return line === '' ? undefined : line;
    }
  }

  /** At least one and at most `maxBytes` bytes. @throws S3Error IncompleteBody at the end of the stream */
  async take(maxBytes: number): Promise<Buffer> {
    if (this.#buffered.byteLength === 0 && !(await this.#fill())) throw incomplete();
    const piece = this.#buffered.subarray(0, maxBytes);
    this.#buffered = this.#buffered.subarray(piece.byteLength);
    return piece;
  }

  /** Lets go of the source, so that someone else can read or drop the rest. */
  async release(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      if (next.value.byteLength === 0) continue;
      this.#buffered = next.value;
      return true;
    }
  }
}
