import { invalidArchive } from './entry-guard.js';

/** Reads a stream in the pieces that a format asks for. */
export class ByteCursor implements AsyncDisposable {
  readonly #source: AsyncIterator<Buffer, unknown>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined when the stream ends before the first of them. @throws MeshError BAD_REQUEST when it ends within them */
  async take(sizeBytes: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let missing = sizeBytes;
    while (missing > 0) {
      const piece = await this.next(missing);
      if (piece === undefined) {
        if (missing === sizeBytes) return undefined;
        throw invalidArchive('it ends too early');
      }
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** What comes next, at most so many bytes and at least one; undefined at the end. */
  async next(mostBytes: number): Promise<Buffer | undefined> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, mostBytes);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return?.();
  }
}
