import { readSync } from 'node:fs';

/** A length-delimited piece of the file. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Field {
  readonly number: number;
  /** The value of a varint; 0 for other wire types. */
  readonly value: number;
  /** The bytes of a length-delimited field; null for other wire types. */
  readonly range: Range | null;
}

const windowBytes = 64 * 1024;

/** Walks the fields of protobuf messages in an open file. Weights are stepped over, not read. */
export class ProtobufReader {
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafe(windowBytes);
  #windowStart = 0;
  #windowLength = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * The fields of the message that fills `range`, in file order.
   *
   * @throws RangeError when the bytes are no protobuf message
   */
  *fields(range: Range): Generator<Field> {
    let position = range.start;
    while (position < range.end) {
      const tag = this.#varint(position, range.end);
      const number = Math.floor(tag.value / 8);
      if (number === 0) throw new RangeError('a field has number 0');
      position = tag.end;
      const wireType = tag.value % 8;
      if (wireType === 0) {
        const { value, end } = this.#varint(position, range.end);
        position = end;
        yield { number, value, range: null };
      } else if (wireType === 2) {
        const { value: length, end: start } = this.#varint(position, range.end);
        position = start + length;
        if (position > range.end) throw new RangeError('a field runs past the end of its message');
        yield { number, value: 0, range: { start, end: position } };
      } else {
        position += fixedLength(wireType);
        if (position > range.end) throw new RangeError('a field runs past the end of its message');
        yield { number, value: 0, range: null };
      }
    }
  }

  /** @throws RangeError when it is longer than `maxBytes` */
  text({ start, end }: Range, maxBytes = 4096): string {
    if (end - start > maxBytes) throw new RangeError(`a name is longer than ${String(maxBytes)} bytes`);
    const bytes = Buffer.allocUnsafe(end - start);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = this.#byte(start + index);
    return bytes.toString('utf8');
  }

  /** Beyond 2^53 (a negative number, say) the value loses precision; no field that we read is that large. */
  #varint(start: number, limit: number): { value: number; end: number } {
    let value = 0;
    for (let index = 0; index < 10; index += 1) {
      if (start + index >= limit) break;
      const byte = this.#byte(start + index);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, end: start + index + 1 };
    }
    throw new RangeError('a number does not end');
  }

  #byte(position: number): number {
    if (position < this.#windowStart || position >= this.#windowStart + this.#windowLength) {
      this.#windowStart = position;
      this.#windowLength = readSync(this.#fd, this.#window, 0, windowBytes, position);
    }
    const byte = this.#window[position - this.#windowStart];
    if (byte === undefined || this.#windowLength === 0) throw new RangeError('the file ends too early');
    return byte;
  }
}

function fixedLength(wireType: number): number {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  throw new RangeError(`wire type ${String(wireType)} is not used by ONNX`);
}
