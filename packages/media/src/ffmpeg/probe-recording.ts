import type { AudioAttributes, SoundAttributes, VideoAttributes } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { checkBytes, checkDuration, checkPixels } from '../check-limits.js';
import type { WorkOptions } from '../time-limit.js';
import { commonArguments, type FfmpegSettings } from './ffmpeg-settings.js';
import { parseStreams, type PictureStream, type SoundStream } from './parse-streams.js';
import type { Recording } from './recording.js';
import { runFfmpeg } from './run-ffmpeg.js';
import type { AllLimits } from '../limits.js';

/** A container's claim is believed when what was read is as long, but for the last frame or the silence that encoders add. */
const claimToleranceMs = 500;

/**
 * Reads a recording through, decoding nothing: what it holds, and how long it lasts, whatever it claims.
 *
 * @throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE
 */
export async function probeRecording(
  settings: FfmpegSettings,
  recording: Recording,
  limits: AllLimits,
  options: WorkOptions,
): Promise<AudioAttributes | VideoAttributes> {
  checkBytes(recording.sizeBytes, limits);
  const { program, cpuSeconds, memoryBytes } = settings;
  const { stdout, text } = await runFfmpeg({
    ...options,
    program,
    args: [
      ...commonArguments(settings),
      ...['-t', String(limits.maxDurationMs / 1000 + 1)],
      ...recording.inputArgs(limits.maxPixels),
      ...[
        '-map',
        '0:v?',
        '-map',
        '0:a?',
        '-c',
        'copy',
        '-progress',
        'pipe:1',
        '-stats_period',
        '3600',
        '-f',
        'null',
        '-',
      ],
    ],
    input: recording.piped,
    bounds: { cpuSeconds, memoryBytes, maxFileBytes: 1_000_000 },
  });
  const { claimedDurationMs, streams } = parseStreams(text);
  const readMs = readDuration(stdout.toString('utf8'));
  if (streams.length === 0 || readMs <= 0)
    throw new MeshError('MEDIA_INVALID', `${recording.description} without sound or pictures; send the whole file`);
  checkDuration(readMs, limits);
  checkWhole(recording, claimedDurationMs, readMs);
  return attributesOf(recording, streams, trueDuration(claimedDurationMs, readMs), limits);
}

/** Containers whose header knows the length; the others are made to be cut anywhere, or ffmpeg guesses from the bit rate. */
const knowsLength: ReadonlySet<string> = new Set(['wav', 'flac', 'mp4', 'avi', 'webm', 'matroska']);

function checkWhole({ container, description }: Recording, claimedMs: number | null, readMs: number): void {
  if (claimedMs === null || !knowsLength.has(container) || claimedMs <= readMs * 1.05 + claimToleranceMs) return;
  throw new MeshError(
    'MEDIA_INVALID',
    `${description} that is truncated: ${claimedMs / 1000} seconds are promised, ${readMs / 1000} are there; send the whole file`,
  );
}

function readDuration(progress: string): number {
  const times = [...progress.matchAll(/^out_time_us=(-?\d+)$/gmu)].map(([, microseconds]) => Number(microseconds));
  return Math.round((times.at(-1) ?? 0) / 1000);
}

function trueDuration(claimedMs: number | null, readMs: number): number {
  if (claimedMs === null) return readMs;
  return Math.abs(claimedMs - readMs) <= claimToleranceMs ? claimedMs : readMs;
}

function attributesOf(
  { container, description, sizeBytes }: Recording,
  streams: readonly (SoundStream | PictureStream)[],
  durationMs: number,
  limits: AllLimits,
): AudioAttributes | VideoAttributes {
  const pictures = streams.find((stream) => stream.kind === 'pictures');
  const sound = streams.find((stream) => stream.kind === 'sound');
  const bitRateBps = Math.max(1, Math.round((sizeBytes * 8000) / durationMs));
  const common = { sizeBytes, durationMs, bitRateBps };
  if (pictures === undefined) {
    if (sound === undefined) throw new MeshError('MEDIA_INVALID', `${description} without sound`);
    return {
      ...common,
      ...soundAttributes(sound),
      bitRateBps: sound.bitRateBps ?? bitRateBps,
      kind: 'audio',
      format: container,
    };
  }
  if (
    container !== 'mp4' &&
    container !== 'webm' &&
    container !== 'matroska' &&
    container !== 'avi' &&
    container !== 'ogg'
  )
    throw new MeshError('MEDIA_INVALID', `${description} that holds a video`);
  checkPixels(pictures, limits, 'video');
  const { codec, width, height, pixelFormat, framesPerSecond } = pictures;
  return {
    ...common,
    ...{ kind: 'video', format: container, codec, width, height, pixelFormat, framesPerSecond },
    sound: sound === undefined ? null : soundAttributes(sound),
  };
}

function soundAttributes({ codec, sampleRateHz, channels, bitDepth, bitRateBps }: SoundStream): SoundAttributes {
  return { codec, sampleRateHz, channels, bitDepth, bitRateBps };
}
