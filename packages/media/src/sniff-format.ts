/** The formats that we decode. */
export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export interface SniffedFormat {
  /** Null when the bytes are something that we do not decode. */
  readonly format: ImageFormat | null;
  /** What the bytes look like, fit for "found ...". */
  readonly description: string;
}

/** How many leading bytes `sniffFormat` looks at. */
export const sniffLengthBytes = 512;

interface Signature {
  readonly bytes: readonly number[];
  readonly sniffed: SniffedFormat;
}

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];
const refused = (description: string): SniffedFormat => ({ format: null, description });

const signatures: readonly Signature[] = [
  { bytes: [0xff, 0xd8, 0xff], sniffed: { format: 'jpeg', description: 'a JPEG image' } },
  { bytes: [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a], sniffed: { format: 'png', description: 'a PNG image' } },
  { bytes: ascii('GIF87a'), sniffed: { format: 'gif', description: 'a GIF image' } },
  { bytes: ascii('GIF89a'), sniffed: { format: 'gif', description: 'a GIF image' } },
  { bytes: [...ascii('II*'), 0], sniffed: refused('a TIFF image') },
  { bytes: [...ascii('MM'), 0, 0x2a], sniffed: refused('a TIFF image') },
  { bytes: ascii('BM'), sniffed: refused('a BMP image') },
  { bytes: [0, 0, 1, 0], sniffed: refused('an ICO image') },
  { bytes: ascii('8BPS'), sniffed: refused('a Photoshop document') },
  { bytes: [0xff, 0x0a], sniffed: refused('a JPEG XL image') },
  { bytes: [0, 0, 0, 0x0c, ...ascii('JXL ')], sniffed: refused('a JPEG XL image') },
  { bytes: [0, 0, 0, 0x0c, ...ascii('jP  ')], sniffed: refused('a JPEG 2000 image') },
  { bytes: ascii('%PDF-'), sniffed: refused('a PDF document') },
  { bytes: ascii('PK\x03\x04'), sniffed: refused('a zip archive') },
  { bytes: [0x1f, 0x8b], sniffed: refused('gzip data') },
  { bytes: [0x1a, 0x45, 0xdf, 0xa3], sniffed: refused('a Matroska or WebM video') },
];

/** Tells from the first bytes what a file is, so that a refusal can say what was found. Reads at most `sniffLengthBytes`. */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  if (bytes.length === 0) return refused('an empty file');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, sniffLengthBytes));
  const signature = signatures.find(({ bytes: expected }) => expected.every((byte, index) => head[index] === byte));
  return signature?.sniffed ?? sniffContainer(head) ?? sniffText(head) ?? refused('data of an unknown kind');
}

function sniffContainer(head: Buffer): SniffedFormat | undefined {
  const tag = head.toString('latin1', 8, 12);
  if (head.toString('latin1', 0, 4) === 'RIFF') {
    return tag === 'WEBP'
      ? { format: 'webp', description: 'a WebP image' }
      : refused(`a RIFF file of type ${JSON.stringify(tag)}`);
  }
  if (head.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const brands = head.toString('latin1', 8, Math.min(head.length, head.readUInt32BE(0)));
  if (/avi[fs]/u.test(brands)) return { format: 'avif', description: 'an AVIF image' };
  return refused(/hei[cxms]|mif1/u.test(brands) ? 'a HEIC image' : 'an MP4 or QuickTime video');
}

function sniffText(head: Buffer): SniffedFormat | undefined {
  const isText = head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  if (!isText) return undefined;
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  if (/<svg[\s>]/iu.test(text)) return refused('an SVG document');
  if (/^<(!doctype )?html/iu.test(text)) return refused('an HTML page');
  if (text.startsWith('<')) return refused('an XML document');
  if (/^[{[]/u.test(text)) return refused('JSON text');
  return refused('plain text');
}
