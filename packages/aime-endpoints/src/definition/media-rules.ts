import type { NumberLimits } from './number-limits.js';

export type MediaKind = 'image' | 'audio' | 'video';

/** Width and height in pixels. */
export type Size = readonly [width: number, height: number];

/** The attributes that are words, always in lower case; `jpg` is `jpeg`. */
export type WordAttribute = 'format' | 'colorSpace' | 'audioCodec' | 'videoCodec';

/** Hz, bits of a sample, bits per second, count, bits per second, seconds. */
export type NumberAttribute =
  'sampleRateHz' | 'sampleBitDepth' | 'audioBitRate' | 'videoBitRate' | 'channels' | 'durationSeconds';

export interface WordRule {
  /** Null: any. */
  readonly supported: readonly string[] | null;
  readonly defaultValue: string | null;
  readonly autoConvert: boolean;
}

export interface NumberRule extends NumberLimits {
  readonly supported: readonly number[] | null;
  readonly defaultValue: number | null;
  readonly autoConvert: boolean;
}

export interface SizeRule {
  readonly supported: readonly Size[] | null;
  readonly defaultValue: Size | null;
  readonly autoConvert: boolean;
  readonly width: NumberLimits;
  readonly height: NumberLimits;
  readonly keepAspectRatio: boolean;
}

export type TempFileMode = 'yes' | 'no' | 'auto';

/** What a picture, a recording or a film must be. An attribute without a rule may be anything. */
export interface MediaRules {
  readonly kind: MediaKind;
  readonly words: Readonly<Partial<Record<WordAttribute, WordRule>>>;
  readonly numbers: Readonly<Partial<Record<NumberAttribute, NumberRule>>>;
  readonly size: SizeRule | null;
  readonly resizeMethod: 'crop' | 'scale';
  readonly checkConversion: boolean;
  readonly inputTempFile: TempFileMode;
  readonly outputTempFile: TempFileMode;
  /** The server's own lists. Nothing is converted to fit them. */
  readonly allowed: AllowedMedia;
}

/** Values by attribute; an attribute that is missing may be anything. */
export type AllowedMedia = Readonly<Partial<Record<WordAttribute | NumberAttribute, readonly (string | number)[]>>>;

/** Keys of the files, by attribute. */
export const attributeNames: Readonly<Record<WordAttribute | NumberAttribute, string>> = {
  format: 'format',
  colorSpace: 'color_space',
  audioCodec: 'audio_codec',
  videoCodec: 'video_codec',
  sampleRateHz: 'sample_rate',
  sampleBitDepth: 'sample_bit_depth',
  audioBitRate: 'audio_bit_rate',
  videoBitRate: 'video_bit_rate',
  channels: 'channels',
  durationSeconds: 'duration',
};

export const wordAttributes: readonly WordAttribute[] = ['format', 'colorSpace', 'audioCodec', 'videoCodec'];

export const numberAttributes: readonly NumberAttribute[] = [
  'sampleRateHz',
  'sampleBitDepth',
  'audioBitRate',
  'videoBitRate',
  'channels',
  'durationSeconds',
];

const aliases: Readonly<Record<string, string>> = {
  jpg: 'jpeg',
  tif: 'tiff',
  wave: 'wav',
  grey: 'gray',
  matroska: 'mkv',
};

/** A format or a colour space in the one form that is compared: lower case, and `jpeg` for `jpg`. */
export function canonicalWord(word: string): string {
  const lower = word.toLowerCase();
  return aliases[lower] ?? lower;
}

const decodedAs: Readonly<Record<string, string>> = {
  yuv: 'rgb',
  bgr: 'rgb',
  gbr: 'rgb',
  yuva: 'rgba',
  gbr_alpha: 'rgba',
};

/**
 * What a decoder yields for a colour space: how a file transforms or orders its channels is its own affair, so `yuv` and `bgr`
 * are met by what is `rgb`.
 */
export function decodedColorSpace(word: string): string {
  return decodedAs[word] ?? word;
}

export function isSameSize(a: Size, b: Size): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
