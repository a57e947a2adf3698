import { accepted, refused, type Checked } from '../request/checked.js';

/** Characters that are worked on at once: a millisecond or two. Of whole groups of four, where there are no blanks. */
const sliceLength = 128 * 1024;

/**
 * Base64 of the standard alphabet, in steps that are short enough to let others have their turn between them. Blanks are
 * passed over, missing padding is forgiven. Nothing is allocated for what is over `maxBytes`.
 *
 * @param start where in the text the Base64 begins
 * @returns the bytes, or why there are none: malformed, empty, or more than `maxBytes`
 */
export function* decodeBase64(text: string, start: number, maxBytes: number): Generator<void, Checked<Buffer>> {
  const pieces = yield* withoutBlanks(text, start);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const padding = paddingOf(pieces.at(-1) ?? '');
  const digits = length - padding;
  if (digits === 0) return refused('the data is empty');
  const sizeBytes = Math.floor((digits * 3) / 4);
  if (sizeBytes > maxBytes) return refused(`the data has ${sizeBytes} bytes, the most that is taken is ${maxBytes}`);
  const isWhole = digits % 4 !== 1 && (padding === 0 || length % 4 === 0);
  const bytes = isWhole ? yield* decodePieces(pieces, sizeBytes) : null;
  return bytes === null ? refused('the data is not valid base64') : accepted(bytes);
}

/** The text in pieces without blanks, each but the last of whole groups of four. */
function* withoutBlanks(text: string, start: number): Generator<void, readonly string[]> {
  const pieces: string[] = [];
  let held = '';
  for (let at = start; at < text.length; at += sliceLength) {
    const slice = text.slice(at, at + sliceLength);
    const body = held + (/\s/u.test(slice) ? slice.replace(/\s+/gu, '') : slice);
    const whole = body.length - (body.length % 4);
    pieces.push(body.slice(0, whole));
    held = body.slice(whole);
    yield;
  }
  return [...pieces, held].filter((piece) => piece !== '');
}

function paddingOf(end: string): number {
  return end.endsWith('==') ? 2 : Number(end.endsWith('='));
}

/** Null when something in it is no digit: Node passes over that, which shows in the length, and knows the URL alphabet as well. */
function* decodePieces(pieces: readonly string[], sizeBytes: number): Generator<void, Buffer | null> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let written = 0;
  for (const piece of pieces) {
    if (piece.includes('-') || piece.includes('_')) return null;
    written += bytes.write(piece, written, 'base64');
    yield;
  }
  return written === sizeBytes ? bytes : null;
}
