import type { AudioTarget, VideoAttributes, VideoTarget, WantedVideo } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { FfmpegSettings } from '../ffmpeg/ffmpeg-settings.js';
import { fitNumber, meetsRule } from '../rules/fit-number.js';
import { fitSize } from '../rules/fit-size.js';
import { soundArguments } from '../sound/convert-sound.js';
import { bitRateTolerance, planSound, soundComplies, type SoundPlan } from '../sound/plan-sound.js';

/** What a video becomes. */
export interface VideoPlan {
  readonly format: VideoTarget;
  readonly encoder: string;
  /** Even, as 4:2:0 wants it. */
  readonly width: number;
  readonly height: number;
  /** Null: as they come. */
  readonly framesPerSecond: number | null;
  /** Of the pictures; null: by quality. */
  readonly bitRateBps: number | null;
  readonly maximumDurationMs: number | undefined;
  readonly isCropped: boolean;
  readonly source: { readonly width: number; readonly height: number };
  readonly sound: SoundPlan | null;
}

interface VideoEncoding {
  readonly encoders: readonly string[];
  readonly codecs: RegExp;
  readonly sound: AudioTarget;
  /** Fast rather than small: somebody waits. */
  readonly options: Readonly<Record<string, readonly string[]>>;
}

const encodings: Readonly<Record<VideoTarget, VideoEncoding>> = {
  mp4: {
    encoders: ['libx264', 'libopenh264', 'mpeg4'],
    codecs: /^(?:h264|hevc|av1|mpeg4)$/u,
    sound: 'mp4',
    options: { libx264: ['-preset', 'veryfast', '-crf', '20'], mpeg4: ['-q:v', '4'] },
  },
  webm: {
    encoders: ['libvpx', 'libvpx-vp9'],
    codecs: /^(?:vp8|vp9|av1)$/u,
    sound: 'webm',
    options: {
      libvpx: ['-deadline', 'realtime', '-cpu-used', '8', '-crf', '10', '-b:v', '4M'],
      'libvpx-vp9': ['-deadline', 'realtime', '-cpu-used', '8', '-crf', '30', '-b:v', '0'],
    },
  },
};

const durationToleranceMs = 250;

/** @returns null when it complies as it is. @throws MeshError as planSound */
export function planVideo(
  before: VideoAttributes,
  wanted: WantedVideo,
  encoders: FfmpegSettings['encoders'],
): VideoPlan | null {
  const own = before.format === 'mp4' || before.format === 'webm' ? before.format : undefined;
  const isWantedFormat = own !== undefined && (wanted.formats?.includes(own) ?? true);
  const format = isWantedFormat ? own : (wanted.formats?.[0] ?? 'mp4');
  const size = fitSize(before, wanted);
  const isSameSize = size.width === before.width && size.height === before.height;
  if (isWantedFormat && isSameSize && complies(format, before, wanted)) return null;
  const encoder = encodings[format].encoders.find((name) => encoders.has(name));
  if (encoder === undefined) throw new MeshError('CONFIG_INVALID', `this ffmpeg has no encoder for ${format} video`);
  const soundRateBps = 64_000 * (before.sound?.channels ?? 0);
  return {
    format,
    encoder,
    width: even(size.width),
    height: even(size.height),
    framesPerSecond:
      wanted.framesPerSecond === undefined ? null : fitNumber(before.framesPerSecond ?? 25, wanted.framesPerSecond),
    bitRateBps:
      wanted.bitRateBps === undefined
        ? null
        : Math.max(50_000, Math.round(fitNumber(before.bitRateBps, wanted.bitRateBps)) - soundRateBps),
    maximumDurationMs: wanted.maximumDurationMs,
    isCropped: wanted.resizeMethod === 'crop',
    source: before,
    sound:
      before.sound === null || wanted.sound === null
        ? null
        : planSound(encodings[format].sound, before.sound, wanted.sound ?? {}, encoders),
  };
}

const even = (side: number): number => Math.max(2, Math.round(side / 2) * 2);

function complies(format: VideoTarget, before: VideoAttributes, wanted: WantedVideo): boolean {
  return encodings[format].codecs.test(before.codec) && listMismatches(before, wanted, format).length === 0;
}

/** What the video still lacks of what was wanted. */
export function videoMismatches(after: VideoAttributes, wanted: WantedVideo, format: VideoTarget): string[] {
  const { width, height } = fitSize(after, wanted);
  const isSized = Math.abs(width - after.width) <= 1 && Math.abs(height - after.height) <= 1;
  return [
    ...(after.format === format ? [] : [`format is ${after.format}`]),
    ...(isSized ? [] : [`size is ${after.width}x${after.height}`]),
    ...listMismatches(after, wanted, format),
  ];
}

function listMismatches(video: VideoAttributes, wanted: WantedVideo, format: VideoTarget): string[] {
  const { maximumDurationMs = Number.POSITIVE_INFINITY } = wanted;
  const { framesPerSecond, bitRateBps, durationMs, sound } = video;
  const checks: readonly (readonly [boolean, string])[] = [
    [
      framesPerSecond === null || meetsRule(framesPerSecond, wanted.framesPerSecond, { share: 0.001 }),
      `framesPerSecond is ${String(framesPerSecond)}`,
    ],
    [meetsRule(bitRateBps, wanted.bitRateBps, bitRateTolerance), `bitRateBps is ${bitRateBps}`],
    [durationMs <= maximumDurationMs + durationToleranceMs, `durationMs is ${durationMs}`],
    [
      sound === null || (wanted.sound !== null && soundComplies(encodings[format].sound, sound, wanted.sound ?? {})),
      'the sound is not as wanted',
    ],
  ];
  return checks.filter(([isMet]) => !isMet).map(([, words]) => words);
}

/** The arguments between input and place of the output. Filters hold numbers of ours, never a text of the caller. */
export function videoArguments(plan: VideoPlan): string[] {
  const { format, encoder, bitRateBps, maximumDurationMs, sound } = plan;
  return [
    ...['-map', '0:v:0', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'],
    ...['-vf', filtersOf(plan), '-c:v', encoder, '-pix_fmt', 'yuv420p'],
    ...(bitRateBps === null ? (encodings[format].options[encoder] ?? []) : byBitRate(encoder, bitRateBps)),
    ...(sound === null ? ['-an'] : ['-map', '0:a:0', ...soundArguments(sound)]),
    ...(maximumDurationMs === undefined ? [] : ['-t', String(maximumDurationMs / 1000)]),
    ...(format === 'mp4' ? ['-movflags', '+faststart'] : []),
    ...['-f', format],
  ];
}

function byBitRate(encoder: string, bitRateBps: number): string[] {
  const speed =
    encoder === 'libx264'
      ? ['-preset', 'veryfast']
      : encoder === 'mpeg4'
        ? []
        : ['-deadline', 'realtime', '-cpu-used', '8'];
  return [...speed, '-b:v', String(bitRateBps), '-maxrate', String(bitRateBps), '-bufsize', String(2 * bitRateBps)];
}

function filtersOf({ source, width, height, isCropped, framesPerSecond }: VideoPlan): string {
  const scale = Math.min(source.width / width, source.height / height);
  const crop = `crop=${Math.floor(width * scale)}:${Math.floor(height * scale)}`;
  return [
    ...(framesPerSecond === null ? [] : [`fps=${framesPerSecond}`]),
    ...(isCropped ? [crop] : []),
    `scale=${width}:${height}`,
    'setsar=1',
  ].join(',');
}
