import { sniffFormat, type ImageFormat } from './sniff-format.js';

export type PictureFormat = ImageFormat | 'tiff' | 'bmp';

/** Files of sound or moving pictures, as our attributes name them. */
export type Container = 'wav' | 'mp3' | 'aac' | 'ogg' | 'flac' | 'webm' | 'matroska' | 'mp4' | 'avi';

export type SniffedMedia =
  | { readonly kind: 'picture'; readonly format: PictureFormat; readonly description: string }
  | { readonly kind: 'container'; readonly format: Container; readonly description: string }
  | { readonly kind: 'refused'; readonly description: string };

const picture = (format: PictureFormat, description: string): SniffedMedia => ({
  kind: 'picture',
  format,
  description,
});
const container = (format: Container, description: string): SniffedMedia => ({
  kind: 'container',
  format,
  description,
});

/** Texts that lead a player to other files or addresses. */
const playlists: readonly (readonly [RegExp, string])[] = [
  [/^#EXTM3U/u, 'an HLS or M3U playlist'],
  [/^ffconcat version/u, 'an ffmpeg concat list'],
  [/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<MPD[\s>]/su, 'a DASH manifest'],
  [/^(?:<\?xml[^>]*>\s*)?<SmoothStreamingMedia[\s>]/u, 'a Smooth Streaming manifest'],
  [/^(?:<\?xml[^>]*>\s*)?<playlist[\s>]/u, 'an XSPF playlist'],
  [/^\[playlist\]/iu, 'a PLS playlist'],
  [/^v=0\r?\no=/u, 'a session description'],
];

/** Tells from the first bytes what a file is; a claimed type plays no part. Give it `sniffLengthBytes` of them. */
export function sniffMedia(bytes: Uint8Array): SniffedMedia {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = sniffPicture(head) ?? sniffRiff(head) ?? sniffContainer(head) ?? sniffPlaylist(head);
  return found ?? { kind: 'refused', description: sniffFormat(bytes).description };
}

function sniffPicture(head: Buffer): SniffedMedia | undefined {
  const start = head.toString('latin1', 0, 4);
  if (start === 'II*\0' || start === 'MM\0*') return picture('tiff', 'a TIFF image');
  if (start.startsWith('BM') && head.length >= 26 && bmpHeaderBytes.has(head.readUInt32LE(14)))
    return picture('bmp', 'a BMP image');
  const { format, description } = sniffFormat(head);
  return format === null ? undefined : picture(format, description);
}

const bmpHeaderBytes = new Set([12, 40, 52, 56, 108, 124]);

function sniffRiff(head: Buffer): SniffedMedia | undefined {
  const start = head.toString('latin1', 0, 4);
  if (start !== 'RIFF' && start !== 'RF64') return undefined;
  const type = head.toString('latin1', 8, 12);
  if (type === 'WAVE') return container('wav', 'a WAV recording');
  return type === 'AVI ' ? container('avi', 'an AVI video') : undefined;
}

function sniffContainer(head: Buffer): SniffedMedia | undefined {
  const start = head.toString('latin1', 0, 4);
  if (start === 'OggS') return container('ogg', 'an Ogg file');
  if (start === 'fLaC') return container('flac', 'a FLAC recording');
  if (start === '\x1aE\xdf\xa3') {
    return head.subarray(0, 64).includes('webm')
      ? container('webm', 'a WebM file')
      : container('matroska', 'a Matroska file');
  }
  if (/^(?:ftyp|moov|mdat|wide)$/u.test(head.toString('latin1', 4, 8)))
    return isStillImage(head) ? undefined : container('mp4', 'an MP4 or QuickTime file');
  return sniffMpegAudio(head);
}

const isStillImage = (head: Buffer): boolean => /^ftyp(?:hei[cxms]|mif1|msf1)/u.test(head.toString('latin1', 4, 12));

/** Source: ISO/IEC 11172-3 and 13818-7: eleven or twelve bits set, then version and layer; layer 0 is ADTS. */
function sniffMpegAudio(head: Buffer): SniffedMedia | undefined {
  if (head.toString('latin1', 0, 3) === 'ID3') return container('mp3', 'an MP3 recording');
  const [first = 0, second = 0] = head;
  if (first !== 0xff) return undefined;
  if ((second & 0xf6) === 0xf0) return container('aac', 'an AAC recording');
  return (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08 && (second & 0x06) !== 0
    ? container('mp3', 'an MPEG audio recording')
    : undefined;
}

function sniffPlaylist(head: Buffer): SniffedMedia | undefined {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  const found = playlists.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : { kind: 'refused', description: found[1] };
}
