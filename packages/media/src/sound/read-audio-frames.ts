import { MeshError } from '@infermesh/errors';
import { FfmpegProcess } from '../ffmpeg/ffmpeg-process.js';
import { commonArguments, type FfmpegSettings } from '../ffmpeg/ffmpeg-settings.js';
import type { Recording } from '../ffmpeg/recording.js';
import type { WorkOptions } from '../time-limit.js';
import type { AllLimits } from '../limits.js';

export interface AudioFrameOptions extends WorkOptions {
  /** Default 16,000, what speech models take. */
  readonly sampleRateHz?: number;
  /** Samples a frame; default 16,000. The last frame may be shorter. */
  readonly frameSamples?: number;
}

const sampleBytes = 4;

/**
 * The sound as mono samples in -1..1, frame by frame; the reader's pace is ffmpeg's, so memory stays with one frame.
 *
 * @throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE past `limits.maxDurationMs`, DEADLINE_EXCEEDED; the signal's reason
 */
export async function* readAudioFrames(
  settings: FfmpegSettings,
  recording: Recording,
  limits: AllLimits,
  { sampleRateHz = 16_000, frameSamples = 16_000, ...options }: AudioFrameOptions,
): AsyncGenerator<Float32Array> {
  const { program, cpuSeconds, memoryBytes } = settings;
  const maxSamples = Math.ceil((limits.maxDurationMs / 1000) * sampleRateHz);
  await using process = new FfmpegProcess({
    ...options,
    program,
    args: [
      ...commonArguments(settings),
      ...recording.inputArgs(limits.maxPixels),
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-t', String(limits.maxDurationMs / 1000 + 1)],
      ...['-ac', '1', '-ar', String(sampleRateHz), '-c:a', 'pcm_f32le', '-f', 'f32le', 'pipe:1'],
    ],
    input: recording.piped,
    bounds: { cpuSeconds, memoryBytes, maxFileBytes: limits.maxOutputBytes },
  });
  const frameBytes = frameSamples * sampleBytes;
  let held: Buffer = Buffer.alloc(0);
  let samples = 0;
  for await (const chunk of process.stdout as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (; held.length >= frameBytes; held = held.subarray(frameBytes)) {
      samples += frameSamples;
      if (samples > maxSamples) throw tooLong(limits);
      yield toSamples(held.subarray(0, frameBytes));
    }
  }
  await process.finished();
  samples += held.length / sampleBytes;
  if (samples > maxSamples) throw tooLong(limits);
  if (samples === 0) throw new MeshError('MEDIA_INVALID', `${recording.description} without sound`);
  if (held.length >= sampleBytes) yield toSamples(held);
}

function toSamples(bytes: Buffer): Float32Array {
  const samples = new Float32Array(Math.floor(bytes.length / sampleBytes));
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readFloatLE(index * sampleBytes);
  return samples;
}

function tooLong({ maxDurationMs }: AllLimits): MeshError {
  return new MeshError(
    'MEDIA_TOO_LARGE',
    `the recording is longer than ${maxDurationMs / 1000} seconds, the most that is allowed`,
  );
}
