import { setImmediate } from 'node:timers/promises';
import { accepted, refused, type Checked } from '../request/checked.js';
import { decodeBase64 } from './decode-base64.js';

export interface DataUrl {
  /** What the sender calls it, in lower case, without parameters: `image/png`. Not to be trusted. */
  readonly statedType: string;
  readonly bytes: Uint8Array;
}

/** The longest header that is looked for. */
const maxHeaderLength = 256;
const mediaTypes = /^(?:(?:image|audio|video)\/[a-z0-9.+*-]+|application\/octet-stream|)$/u;

/**
 * Reads `data:<type>;base64,<body>` at once, for texts of a few hundred thousand characters at most. Nothing is allocated
 * for a body that is over `maxBytes`. White space in the body is passed over, missing padding is forgiven.
 */
export function decodeDataUrl(text: string, maxBytes: number): Checked<DataUrl> {
  const decoding = decode(text, maxBytes);
  for (;;) {
    const step = decoding.next();
    if (step.done === true) return step.value;
  }
}

/**
 * As {@link decodeDataUrl}, for texts of any length: others have their turn in between.
 *
 * @throws the signal's reason
 */
export async function decodeLongDataUrl(
  text: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Checked<DataUrl>> {
  const decoding = decode(text, maxBytes);
  for (;;) {
    const step = decoding.next();
    if (step.done === true) return step.value;
    if (text.length <= shortTextLength) continue;
    signal.throwIfAborted();
    await setImmediate();
  }
}

/** Decoded without a pause. */
const shortTextLength = 128 * 1024;

function* decode(text: string, maxBytes: number): Generator<void, Checked<DataUrl>> {
  const comma = text.slice(0, maxHeaderLength).indexOf(',');
  const header = /^data:([^;,]*)((?:;[^;,]*)*)$/iu.exec(text.slice(0, Math.max(comma, 0)));
  if (header === null) return refused('the value is not a data URL such as data:image/png;base64,...');
  const [, type = '', parameters = ''] = header;
  if (!/;\s*base64\s*$/iu.test(parameters)) return refused('the data URL is not base64-coded');
  const statedType = type.trim().toLowerCase();
  if (!mediaTypes.test(statedType)) return refused(`the data URL says that it holds ${statedType.slice(0, 60)}`);
  const bytes = yield* decodeBase64(text, comma + 1, maxBytes);
  return bytes.ok ? accepted({ statedType, bytes: bytes.value }) : bytes;
}
