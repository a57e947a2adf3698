import type { AudioTarget, NumberRule, SoundAttributes, WantedAudio } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { fitNumber, meetsRule } from '../rules/fit-number.js';
import { opusRateHz, soundEncodings } from './sound-encodings.js';

export type SoundWishes = Pick<WantedAudio, 'sampleRateHz' | 'bitDepth' | 'channels' | 'bitRateBps'>;

/** What sound becomes. */
export interface SoundPlan {
  readonly encoder: string;
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Null in a lossy codec. */
  readonly bitDepth: number | null;
  /** Null: as the encoder does it. */
  readonly bitRateBps: number | null;
}

/** A bit rate is met within five per cent: encoders and headers add to it. */
export const bitRateTolerance = { share: 0.05 };

/**
 * @param encoders that ffmpeg has
 * @throws MeshError BAD_REQUEST when the format cannot be so; CONFIG_INVALID when this ffmpeg cannot make the format
 */
export function planSound(
  format: AudioTarget,
  actual: SoundAttributes,
  wishes: SoundWishes,
  encoders: ReadonlySet<string>,
): SoundPlan {
  const { isLossy } = soundEncodings[format];
  const sampleRateHz = planRate(format, actual.sampleRateHz, wishes.sampleRateHz);
  const channels = planChannels(format, actual.channels, wishes.channels);
  if (!isLossy) {
    const bitDepth = planDepth(format, actual.bitDepth, wishes.bitDepth);
    const encoder = format === 'flac' ? 'flac' : pcmByDepth.get(bitDepth);
    if (encoder === undefined) throw cannot(format, 'bitDepth', bitDepth);
    return { encoder, codec: encoder, sampleRateHz, channels, bitDepth, bitRateBps: null };
  }
  const [encoder, codec] = chooseEncoder(format, sampleRateHz, encoders);
  const bitRateBps = planBitRate({ sampleRateHz, channels }, actual, wishes.bitRateBps);
  return { encoder, codec, sampleRateHz, channels, bitDepth: null, bitRateBps };
}

/** Whether sound of this format is already as it is wanted. */
export function soundComplies(format: AudioTarget, actual: SoundAttributes, wishes: SoundWishes): boolean {
  const { isLossy, codecs } = soundEncodings[format];
  return (
    codecs.test(actual.codec) &&
    meetsRule(actual.sampleRateHz, wishes.sampleRateHz) &&
    meetsRule(actual.channels, wishes.channels) &&
    (actual.bitDepth === null || meetsRule(actual.bitDepth, wishes.bitDepth)) &&
    (!isLossy || actual.bitRateBps === null || meetsRule(actual.bitRateBps, wishes.bitRateBps, bitRateTolerance))
  );
}

function cannot(format: AudioTarget, field: string, value: number): MeshError {
  return new MeshError('BAD_REQUEST', `${format} cannot be made with ${field} ${value}`, { field });
}

function planRate(format: AudioTarget, actualHz: number, rule: NumberRule | undefined): number {
  const rateHz = Math.round(fitNumber(actualHz, rule));
  const possible = format === 'webm' && rule === undefined ? [opusRateHz] : soundEncodings[format].sampleRatesHz;
  if (possible === null || possible.includes(rateHz)) return rateHz;
  if (rule !== undefined && !meetsRule(actualHz, rule)) throw cannot(format, 'sampleRateHz', rateHz);
  return possible.find((candidate) => candidate >= rateHz && meetsRule(candidate, rule)) ?? possible.at(-1) ?? rateHz;
}

function planChannels(format: AudioTarget, actual: number, rule: NumberRule | undefined): number {
  const { maxChannels } = soundEncodings[format];
  const channels = Math.round(fitNumber(actual, rule));
  if (channels <= maxChannels) return channels;
  if (rule !== undefined) throw cannot(format, 'channels', channels);
  return maxChannels;
}

/** Floating point for 64 bits alone. */
const pcmByDepth = new Map([
  [8, 'pcm_u8'],
  [16, 'pcm_s16le'],
  [24, 'pcm_s24le'],
  [32, 'pcm_s32le'],
  [64, 'pcm_f64le'],
]);
const usualBitDepth = 16;

function planDepth(format: AudioTarget, actual: number | null, rule: NumberRule | undefined): number {
  const depths = format === 'flac' ? [16, 24] : [...pcmByDepth.keys()];
  const depth = fitNumber(actual ?? usualBitDepth, rule);
  if (depths.includes(depth)) return depth;
  if (rule !== undefined && format !== 'flac') throw cannot(format, 'bitDepth', depth);
  return depth > usualBitDepth ? 24 : usualBitDepth;
}

function chooseEncoder(
  format: AudioTarget,
  sampleRateHz: number,
  encoders: ReadonlySet<string>,
): readonly [encoder: string, codec: string] {
  const fitting = soundEncodings[format].encoders.filter(
    ([name]) => encoders.has(name) && (name !== 'libopus' || sampleRateHz === opusRateHz),
  );
  const [chosen] = fitting;
  if (chosen === undefined) throw new MeshError('CONFIG_INVALID', `this ffmpeg has no encoder for ${format}`);
  return chosen;
}

/** What sounds fair in any of the codecs: 64 kbit/s a channel at 48 kHz, less at lower rates. */
function fairBitRate({ sampleRateHz, channels }: { readonly sampleRateHz: number; readonly channels: number }): number {
  return Math.round(64_000 * channels * Math.min(1, Math.max(0.35, sampleRateHz / 48_000)));
}

function planBitRate(
  plan: { readonly sampleRateHz: number; readonly channels: number },
  { bitDepth, bitRateBps }: SoundAttributes,
  rule: NumberRule | undefined,
): number | null {
  if (rule === undefined) return null;
  const isKnown = bitDepth === null && bitRateBps !== null;
  return Math.round(fitNumber(isKnown ? Math.min(bitRateBps, 2 * fairBitRate(plan)) : fairBitRate(plan), rule));
}
