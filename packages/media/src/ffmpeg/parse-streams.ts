/** A stream of sound as ffmpeg describes it. */
export interface SoundStream {
  readonly kind: 'sound';
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly bitDepth: number | null;
  readonly bitRateBps: number | null;
}

/** A stream of moving pictures. */
export interface PictureStream {
  readonly kind: 'pictures';
  readonly codec: string;
  readonly pixelFormat: string;
  /** As shown: after its rotation. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number | null;
}

export interface DescribedInput {
  /** What the container claims; null when it does not. */
  readonly claimedDurationMs: number | null;
  readonly streams: readonly (SoundStream | PictureStream)[];
}

/**
 * Reads ffmpeg's description of its one input. Only lines at the places where ffmpeg itself writes count: tags of the file
 * stand further in, so a title cannot pass for a stream.
 *
 * @param text what ffmpeg said, at level info
 */
export function parseStreams(text: string): DescribedInput {
  const input = /^Input #0, [^]*?(?=^(?:Output #0|Stream mapping:|Press \[q\])|(?![^]))/mu.exec(text)?.[0] ?? '';
  const streams = input.split(/^(?= {2}Stream #0:)/mu).slice(1);
  return {
    claimedDurationMs: parseClock(/^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+)/mu.exec(input)),
    streams: streams.map(parseStream).filter((stream) => stream !== undefined),
  };
}

function parseClock(match: RegExpExecArray | null): number | null {
  if (match === null) return null;
  const [, hours, minutes, seconds] = match.map(Number);
  return Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000);
}

function parseStream(block: string): SoundStream | PictureStream | undefined {
  const [, kind, description = ''] = /^ {2}Stream #0:\d+[^:\n]*: (Video|Audio): ([^\n]+)/u.exec(block) ?? [];
  const parts = withoutBrackets(description)
    .split(',')
    .map((part) => part.trim());
  if (kind === 'Audio') return parseSound(description, parts);
  // The cover of a recording is no video.
  return kind === 'Video' && !description.includes('(attached pic)') ? parsePictures(block, parts) : undefined;
}

/** Profiles, tags and ratios stand in brackets, and may hold commas. */
function withoutBrackets(text: string): string {
  let before = text;
  for (;;) {
    const after = before.replace(/\([^()]*\)|\[[^[\]]*\]/gu, '');
    if (after === before) return after;
    before = after;
  }
}

const codecOf = (parts: readonly string[]): string => /^[a-z0-9_]+/u.exec(parts[0] ?? '')?.[0] ?? 'unknown';

function parseSound(description: string, parts: readonly string[]): SoundStream | undefined {
  const rateAt = parts.findIndex((part) => /^\d+ Hz$/u.test(part));
  const channels = countChannels(parts[rateAt + 1] ?? '');
  if (rateAt < 0 || channels === undefined) return undefined;
  const codec = codecOf(parts);
  return {
    kind: 'sound',
    codec,
    sampleRateHz: Number.parseInt(parts[rateAt] ?? '', 10),
    channels,
    bitDepth: bitDepthOf(codec, parts[rateAt + 2] ?? '', description),
    bitRateBps: bitRateOf(parts),
  };
}

/** ffmpeg's names of channel layouts that do not tell their number. */
const layouts: Readonly<Record<string, number>> = {
  mono: 1,
  stereo: 2,
  downmix: 2,
  quad: 4,
  hexagonal: 6,
  octagonal: 8,
  cube: 8,
  hexadecagonal: 16,
};

function countChannels(layout: string): number | undefined {
  const [named] = /^[a-z]+/u.exec(layout) ?? [];
  if (named !== undefined) return layouts[named];
  const counted = /^(\d+) channels/u.exec(layout)?.[1];
  if (counted !== undefined) return Number(counted) > 0 ? Number(counted) : undefined;
  const [, wide, deep] = /^(\d+)\.(\d+)/u.exec(layout) ?? [];
  return wide === undefined ? undefined : Number(wide) + Number(deep);
}

/** Lossy codecs decode to floating point of any depth: they have none of their own. */
function bitDepthOf(codec: string, sampleFormat: string, description: string): number | null {
  const inCodec = /^pcm_[a-z](\d+)/u.exec(codec)?.[1];
  if (inCodec !== undefined) return Number(inCodec);
  if (codec !== 'flac' && codec !== 'alac') return null;
  const exact = /\((\d+) bit\)/u.exec(description)?.[1];
  const nominal = /^s(\d+)p?/u.exec(sampleFormat)?.[1];
  return Number(exact ?? nominal ?? 0) || null;
}

function bitRateOf(parts: readonly string[]): number | null {
  const kilobits = parts.map((part) => /^(\d+) kb\/s/u.exec(part)?.[1]).find((found) => found !== undefined);
  return kilobits === undefined || Number(kilobits) === 0 ? null : Number(kilobits) * 1000;
}

function parsePictures(block: string, parts: readonly string[]): PictureStream | undefined {
  const [, width, height] = parts.map((part) => /^(\d+)x(\d+)/u.exec(part)).find((match) => match !== null) ?? [];
  if (width === undefined || height === undefined) return undefined;
  const rotation = Number(/^ +displaymatrix: rotation of (-?\d+(?:\.\d+)?) degrees/mu.exec(block)?.[1] ?? 0);
  const isTurned = Math.abs(Math.round(rotation)) % 180 === 90;
  const rate = Number(
    parts.map((part) => /^(\d+(?:\.\d+)?) fps$/u.exec(part)?.[1]).find((found) => found !== undefined),
  );
  return {
    kind: 'pictures',
    codec: codecOf(parts),
    pixelFormat: /^[a-z0-9_]+/u.exec(parts[1] ?? '')?.[0] ?? 'unknown',
    width: Number(isTurned ? height : width),
    height: Number(isTurned ? width : height),
    framesPerSecond: rate > 0 ? rate : null,
  };
}
