import type { AudioAttributes, AudioTarget, WantedAudio } from '@infermesh/contracts';
import type { FfmpegSettings } from '../ffmpeg/ffmpeg-settings.js';
import { meetsRule } from '../rules/fit-number.js';
import { bitRateTolerance, planSound, soundComplies, type SoundPlan } from './plan-sound.js';
import { soundEncodings } from './sound-encodings.js';

/** Encoders round a duration up to whole frames: two of AAC at 8 kHz. */
const durationToleranceMs = 250;

export interface AudioPlan {
  readonly format: AudioTarget;
  /** Null: it complies as it is. */
  readonly sound: SoundPlan | null;
  readonly maximumDurationMs: number | undefined;
}

/** What a recording becomes. A video, whose sound is wanted, never complies. @throws MeshError as planSound */
export function planAudio(
  before: AudioAttributes,
  isVideo: boolean,
  wanted: WantedAudio,
  encoders: FfmpegSettings['encoders'],
): AudioPlan {
  const { formats, maximumDurationMs } = wanted;
  const own = isTarget(before.format) && !isVideo ? before.format : undefined;
  const isWantedFormat = own !== undefined && (formats?.includes(own) ?? true);
  const format = isWantedFormat ? own : (formats?.[0] ?? 'wav');
  const isShort = maximumDurationMs === undefined || before.durationMs <= maximumDurationMs + durationToleranceMs;
  if (isWantedFormat && isShort && soundComplies(format, before, wanted))
    return { format, sound: null, maximumDurationMs };
  return { format, sound: planSound(format, before, wanted, encoders), maximumDurationMs };
}

function isTarget(format: AudioAttributes['format']): format is AudioTarget {
  return format in soundEncodings;
}

/** The arguments that encode sound, without container and place. */
export function soundArguments({ encoder, sampleRateHz, channels, bitDepth, bitRateBps }: SoundPlan): string[] {
  return [
    ...['-c:a', encoder, '-ar', String(sampleRateHz), '-ac', String(channels)],
    ...(encoder === 'flac' ? ['-sample_fmt', bitDepth === 16 ? 's16' : 's32'] : []),
    ...(encoder === 'flac' && bitDepth === 24 ? ['-bits_per_raw_sample', '24'] : []),
    ...(bitRateBps === null ? [] : ['-b:a', String(bitRateBps)]),
    ...(bitRateBps !== null && encoder === 'libopus' ? ['-vbr', 'constrained'] : []),
  ];
}

/** The arguments between input and place of the output. */
export function audioArguments({
  format,
  sound,
  maximumDurationMs,
}: AudioPlan & { readonly sound: SoundPlan }): string[] {
  return [
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-fflags', '+bitexact', '-flags:a', '+bitexact'],
    ...soundArguments(sound),
    ...(maximumDurationMs === undefined ? [] : ['-t', String(maximumDurationMs / 1000)]),
    ...['-f', soundEncodings[format].muxer],
  ];
}

/** What the recording still lacks of what was wanted. */
export function audioMismatches(after: AudioAttributes, wanted: WantedAudio): string[] {
  const { formats, maximumDurationMs = Number.POSITIVE_INFINITY } = wanted;
  const isLossy = isTarget(after.format) && soundEncodings[after.format].isLossy;
  const checks: readonly (readonly [boolean, string])[] = [
    [formats === undefined || (formats as readonly string[]).includes(after.format), `format is ${after.format}`],
    [meetsRule(after.sampleRateHz, wanted.sampleRateHz), `sampleRateHz is ${after.sampleRateHz}`],
    [meetsRule(after.channels, wanted.channels), `channels is ${after.channels}`],
    [after.bitDepth === null || meetsRule(after.bitDepth, wanted.bitDepth), `bitDepth is ${String(after.bitDepth)}`],
    [!isLossy || meetsRule(after.bitRateBps, wanted.bitRateBps, bitRateTolerance), `bitRateBps is ${after.bitRateBps}`],
    [after.durationMs <= maximumDurationMs + durationToleranceMs, `durationMs is ${after.durationMs}`],
  ];
  return checks.filter(([isMet]) => !isMet).map(([, words]) => words);
}
