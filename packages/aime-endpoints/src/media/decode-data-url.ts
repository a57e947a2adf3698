import { accepted, refused, type Checked } from '../request/checked.js';

export interface DataUrl {
  /** What the sender calls it, in lower case, without parameters: `image/png`. Not to be trusted. */
  readonly statedType: string;
  readonly bytes: Uint8Array;
}

/** The longest header that is looked for. */
const maxHeaderLength = 256;
const mediaTypes = /^(?:(?:image|audio|video)\/[a-z0-9.+*-]+|application\/octet-stream|)$/u;

/**
 * Reads `data:<type>;base64,<body>`. Nothing is allocated for a body that is over `maxBytes`. White space in the body
 * is passed over, missing padding is forgiven.
 */
export function decodeDataUrl(text: string, maxBytes: number): Checked<DataUrl> {
  const comma = text.slice(0, maxHeaderLength).indexOf(',');
  const header = /^data:([^;,]*)((?:;[^;,]*)*)$/iu.exec(text.slice(0, Math.max(comma, 0)));
  if (header === null) return refused('the value is not a data URL such as data:image/png;base64,...');
  const [, type = '', parameters = ''] = header;
  if (!/;\s*base64\s*$/iu.test(parameters)) return refused('the data URL is not base64-coded');
  const statedType = type.trim().toLowerCase();
  if (!mediaTypes.test(statedType)) return refused(`the data URL says that it holds ${statedType.slice(0, 60)}`);
  const bytes = decodeBase64(text.slice(comma + 1), maxBytes);
  return bytes.ok ? accepted({ statedType, bytes: bytes.value }) : bytes;
}

/** Base64 of the standard alphabet. @returns the bytes, or why there are none: malformed, empty, or more than `maxBytes` */
function decodeBase64(text: string, maxBytes: number): Checked<Buffer> {
  const body = /\s/u.test(text) ? text.replace(/\s+/gu, '') : text;
  const padding = body.endsWith('==') ? 2 : Number(body.endsWith('='));
  const digits = body.length - padding;
  if (digits === 0) return refused('the data is empty');
  const sizeBytes = Math.floor((digits * 3) / 4);
  if (sizeBytes > maxBytes) return refused(`the data has ${sizeBytes} bytes, the most that is taken is ${maxBytes}`);
  const isWhole = digits % 4 !== 1 && (padding === 0 || (digits + padding) % 4 === 0);
  // Node passes over what is no base64, which shows in the length, and knows the URL alphabet as well.
  const bytes = isWhole && !/[-_]/u.test(body) ? Buffer.from(body, 'base64') : null;
  return bytes?.length === sizeBytes ? accepted(bytes) : refused('the data is not valid base64');
}
