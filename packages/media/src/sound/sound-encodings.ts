import type { AudioTarget } from '@infermesh/contracts';

/** How a target is made of sound. */
export interface SoundEncoding {
  /** Encoders in order of preference, with the name of the codec that they make. */
  readonly encoders: readonly (readonly [encoder: string, codec: string])[];
  readonly muxer: string;
  /** Codecs that count as this format when they come in. */
  readonly codecs: RegExp;
  /** Sampling rates that can be encoded, in Hz, ascending; null: any. */
  readonly sampleRatesHz: readonly number[] | null;
  readonly maxChannels: number;
  readonly isLossy: boolean;
  /** Whether the file is written out of order, so that it cannot go through a pipe. */
  readonly needsFile: boolean;
}

const mp3RatesHz = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const aacRatesHz = [...mp3RatesHz, 64_000, 88_200, 96_000];
const aac: SoundEncoding['encoders'] = [['aac', 'aac']];

export const soundEncodings: Readonly<Record<AudioTarget, SoundEncoding>> = {
  wav: {
    encoders: [], // by bit depth
    muxer: 'wav',
    codecs: /^pcm_/u,
    sampleRatesHz: null,
    maxChannels: 8,
    isLossy: false,
    needsFile: true,
  },
  mp3: {
    encoders: [['libmp3lame', 'mp3']],
    muxer: 'mp3',
    codecs: /^mp3/u,
    sampleRatesHz: mp3RatesHz,
    maxChannels: 2,
    isLossy: true,
    needsFile: true,
  },
  ogg: {
    encoders: [['libvorbis', 'vorbis']],
    muxer: 'ogg',
    codecs: /^(?:vorbis|opus|flac|speex)$/u,
    sampleRatesHz: null,
    maxChannels: 8,
    isLossy: true,
    needsFile: false,
  },
  webm: {
    encoders: [
      ['libopus', 'opus'],
      ['libvorbis', 'vorbis'], // where another rate than Opus' own is wanted
    ],
    muxer: 'webm',
    codecs: /^(?:vorbis|opus)$/u,
    sampleRatesHz: null,
    maxChannels: 8,
    isLossy: true,
    needsFile: true,
  },
  mp4: {
    encoders: aac,
    muxer: 'mp4',
    codecs: /./u,
    sampleRatesHz: aacRatesHz,
    maxChannels: 8,
    isLossy: true,
    needsFile: true,
  },
  flac: {
    encoders: [['flac', 'flac']],
    muxer: 'flac',
    codecs: /^flac$/u,
    sampleRatesHz: null,
    maxChannels: 8,
    isLossy: false,
    needsFile: true,
  },
  aac: {
    encoders: aac,
    muxer: 'adts',
    codecs: /^aac$/u,
    sampleRatesHz: aacRatesHz,
    maxChannels: 8,
    isLossy: true,
    needsFile: false,
  },
};

/** What Opus decodes to, whatever it was made of. */
export const opusRateHz = 48_000;
