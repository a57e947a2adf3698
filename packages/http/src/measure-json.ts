export interface JsonMeasure {
  /** Deepest nesting of objects and arrays. */
  readonly depth: number;
  /** Objects, arrays and keys together: what a value costs to make is their number, far more than the bytes. */
  readonly partCount: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Of JSON in UTF-8, without parsing it: 2 ms a MiB. Of what is not JSON, the measure of anything. */
export function measureJson(bytes: Uint8Array): JsonMeasure {
  let depth = 0;
  let deepest = 0;
  let partCount = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === colon) partCount += 1;
    else if (isOpening(byte)) {
      partCount += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (isClosing(byte)) depth -= 1;
  }
  return { depth: deepest, partCount };
}

const isOpening = (byte: number | undefined): boolean => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number | undefined): boolean => byte === 0x5d || byte === 0x7d;

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== quote; at += 1) if (bytes[at] === backslash) at += 1;
  return at;
}
