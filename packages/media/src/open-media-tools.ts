import { availableParallelism } from 'node:os';
import type { FfmpegSettings } from './ffmpeg/ffmpeg-settings.js';
import { findFfmpeg } from './ffmpeg/find-ffmpeg.js';
import { listEncoders } from './ffmpeg/list-encoders.js';
import { prepareScratchFolder } from './ffmpeg/scratch.js';
import { ImageProcesses } from './image-process/image-processes.js';
import { defaultMediaLimits, type AllLimits } from './limits.js';
import { MediaTools } from './media-tools.js';

export interface MediaToolsOptions {
  /** For files of single conversions, and nobody else's: what is left in it from before is removed. */
  readonly scratchFolder: string;
  /** `FFMPEG_PATH`. */
  readonly ffmpegPath?: string | undefined;
  /** `PATH`, where ffmpeg is looked for otherwise. */
  readonly searchPath?: string | undefined;
  /** Processes for images; default one for each processor. */
  readonly imageProcesses?: number | undefined;
  /** What one of them may hold; default 1 GiB. */
  readonly imageMemoryBytes?: number | undefined;
  /** Address space of one ffmpeg; default 2 GiB. */
  readonly ffmpegMemoryBytes?: number | undefined;
  /** Processor time of one ffmpeg; default 300. */
  readonly ffmpegCpuSeconds?: number | undefined;
  /** Of one ffmpeg; default 1. */
  readonly ffmpegThreads?: number | undefined;
  /** The most that any call may be allowed; see `defaultMediaLimits`. */
  readonly limits?: Partial<AllLimits>;
}

/**
 * Finds ffmpeg and asks what it can encode. Processes for images start when they are first needed.
 *
 * @throws MeshError CONFIG_INVALID when there is no ffmpeg
 */
export async function openMediaTools(options: MediaToolsOptions): Promise<MediaTools> {
  const { imageProcesses = availableParallelism(), imageMemoryBytes = 2 ** 30, ffmpegMemoryBytes = 2 ** 31 } = options;
  const program = await findFfmpeg(options);
  await prepareScratchFolder(options.scratchFolder);
  const ffmpeg: FfmpegSettings = {
    program,
    encoders: await listEncoders(program, ffmpegMemoryBytes),
    cpuSeconds: options.ffmpegCpuSeconds ?? 300,
    memoryBytes: ffmpegMemoryBytes,
    threads: options.ffmpegThreads ?? 1,
  };
  return new MediaTools({
    ffmpeg,
    images: new ImageProcesses({ count: imageProcesses, memoryBytes: imageMemoryBytes }),
    scratchFolder: options.scratchFolder,
    limits: { ...defaultMediaLimits, ...options.limits },
  });
}
