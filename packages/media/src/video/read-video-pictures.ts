import type { VideoAttributes } from '@infermesh/contracts';
import { FfmpegProcess } from '../ffmpeg/ffmpeg-process.js';
import { commonArguments, type FfmpegSettings } from '../ffmpeg/ffmpeg-settings.js';
import type { Recording } from '../ffmpeg/recording.js';
import type { RawImage } from '../raw-image.js';
import { fitSize, type SizeWishes } from '../rules/fit-size.js';
import type { WorkOptions } from '../time-limit.js';
import type { AllLimits } from '../limits.js';

export interface VideoPictureOptions extends WorkOptions, SizeWishes {
  readonly picturesPerSecond: number;
  /** No more than so many; the rest of the video is not read. */
  readonly maxPictures: number;
}

export interface VideoPicture {
  /** From the beginning of the video. */
  readonly atMs: number;
  readonly image: RawImage;
}

/**
 * A video as pictures at an even rate, one by one; the reader's pace is ffmpeg's, so memory stays with a few pictures.
 *
 * @throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE, DEADLINE_EXCEEDED; the signal's reason
 */
export async function* readVideoPictures(
  settings: FfmpegSettings,
  recording: Recording,
  video: VideoAttributes,
  limits: AllLimits,
  { picturesPerSecond, maxPictures, ...options }: VideoPictureOptions,
): AsyncGenerator<VideoPicture> {
  const { width, height } = fitSize(video, options);
  const { program, cpuSeconds, memoryBytes } = settings;
  await using process = new FfmpegProcess({
    signal: options.signal,
    deadlineAt: options.deadlineAt,
    program,
    args: [
      ...commonArguments(settings),
      ...recording.inputArgs(limits.maxPixels),
      ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', `fps=${picturesPerSecond},scale=${width}:${height}`],
      ...['-frames:v', String(maxPictures), '-c:v', 'rawvideo', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    ],
    input: recording.piped,
    bounds: { cpuSeconds, memoryBytes, maxFileBytes: limits.maxOutputBytes },
  });
  const pictureBytes = width * height * 3;
  let index = 0;
  for await (const data of blocksOf(process.stdout as AsyncIterable<Buffer>, pictureBytes)) {
    yield { atMs: Math.round((index * 1000) / picturesPerSecond), image: { data, width, height, channels: 3 } };
    index += 1;
  }
  await process.finished();
}

/** Whole blocks alone: what a killed process left of one is dropped. */
async function* blocksOf(chunks: AsyncIterable<Buffer>, blockBytes: number): AsyncGenerator<Buffer> {
  let [block, filled] = [Buffer.allocUnsafe(blockBytes), 0];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(block, filled, at);
      [filled, at] = [filled + copied, at + copied];
      if (filled < blockBytes) continue;
      yield block;
      [block, filled] = [Buffer.allocUnsafe(blockBytes), 0];
    }
  }
}
