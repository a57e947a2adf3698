export interface JsonMeasure {
  /** Deepest nesting of objects and arrays. */
  readonly depth: number;
  /** Objects, arrays and keys together: what a value costs to make is their number, far more than the bytes. */
  readonly partCount: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** A text is searched at once after so many bytes without an escape: shorter runs are not worth the call. */
const longRun = 64;

/** Of JSON in UTF-8, without parsing it: 2 ms a MiB, long texts next to nothing. Of what is not JSON, the measure of anything. */
export function measureJson(json: Uint8Array): JsonMeasure {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
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

/** @returns where its closing quote is; at least the length where there is none */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  let nextQuote = -1;
  for (let run = 0; at < bytes.length;) {
    const byte = bytes[at];
    if (byte === quote) return at;
    run = byte === backslash ? 0 : run + 1;
    at += byte === backslash ? 2 : 1;
    if (run < longRun) continue;
    if (nextQuote < at) nextQuote = indexOrEnd(bytes, quote, at);
    const escape = indexOrEnd(bytes.subarray(0, nextQuote), backslash, at);
    if (escape === nextQuote) return nextQuote;
    at = escape;
    run = 0;
  }
  return at;
}

function indexOrEnd(bytes: Buffer, byte: number, start: number): number {
  const index = bytes.indexOf(byte, start);
  return index === -1 ? bytes.length : index;
}
