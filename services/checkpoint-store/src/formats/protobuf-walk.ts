/** What a walk wants next: bytes to look at, or bytes to pass over. */
export type Wish = { readonly take: number } | { readonly skip: number };

/** A walk over a stream: it says what it wants, and is handed it. */
export type Walk<Result> = Generator<Wish, Result, Buffer>;

/** Longest name that is read. */
const longestText = 4096;

/**
 * The fields of a protobuf message of so many bytes, see https://protobuf.dev/programming-guides/encoding/.
 *
 * @param visit walks all of a length-delimited field: the generator it returns must want exactly its bytes
 * @throws RangeError when the bytes are no message
 */
export function* walkMessage(
  lengthBytes: number,
  visit: (field: { readonly number: number; readonly lengthBytes: number }) => Walk<void>,
): Walk<void> {
  const left = { bytes: lengthBytes };
  while (left.bytes > 0) {
    const tag = yield* walkVarint(left);
    const number = Math.floor(tag / 8);
    if (number === 0) throw new RangeError('a field has number 0');
    const wireType = tag % 8;
    if (wireType === 0) yield* walkVarint(left);
    else if (wireType === 2) {
      const fieldBytes = yield* walkVarint(left);
      left.bytes -= fieldBytes;
      if (left.bytes < 0) throw new RangeError('a field runs past the end of its message');
      yield* visit({ number, lengthBytes: fieldBytes });
    } else yield* skipFixed(wireType, left);
  }
}

function* skipFixed(wireType: number, left: { bytes: number }): Walk<void> {
  if (wireType !== 1 && wireType !== 5) throw new RangeError(`wire type ${wireType} is not used`);
  const fixedBytes = wireType === 1 ? 8 : 4;
  left.bytes -= fixedBytes;
  if (left.bytes < 0) throw new RangeError('a field runs past the end of its message');
  yield* walkOver(fixedBytes);
}

export function* walkOver(lengthBytes: number): Walk<void> {
  if (lengthBytes > 0) yield { skip: lengthBytes };
}

/** @throws RangeError when it is longer than a name may be */
export function* walkText(lengthBytes: number): Walk<string> {
  if (lengthBytes > longestText) throw new RangeError(`a name is longer than ${longestText} bytes`);
  if (lengthBytes === 0) return '';
  return (yield { take: lengthBytes }).toString('utf8');
}

function* walkVarint(left: { bytes: number }): Walk<number> {
  let value = 0;
  for (let index = 0; index < 10 && left.bytes > 0; index += 1) {
    left.bytes -= 1;
    const byte = (yield { take: 1 })[0] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  throw new RangeError('a number does not end');
}
