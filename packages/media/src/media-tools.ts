import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AudioAttributes,
  ImageAttributes,
  MediaAttributes,
  MediaLimits,
  TempFiles,
  VideoAttributes,
  WantedAudio,
  WantedImage,
  WantedMedia,
  WantedVideo,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { checkBytes } from './check-limits.js';
import { commonArguments, type FfmpegSettings } from './ffmpeg/ffmpeg-settings.js';
import { probeRecording } from './ffmpeg/probe-recording.js';
import { openRecording, type Recording } from './ffmpeg/recording.js';
import { runFfmpeg } from './ffmpeg/run-ffmpeg.js';
import { openScratch } from './ffmpeg/scratch.js';
import type { ImageProcesses } from './image-process/image-processes.js';
import { imageMismatches } from './images/image-mismatches.js';
import { strictest, type AllLimits } from './limits.js';
import { inputSizeBytes, readHead, type MediaInput } from './media-input.js';
import { sniffMedia } from './sniff-media.js';
import { audioArguments, audioMismatches, planAudio } from './sound/convert-sound.js';
import { readAudioFrames, type AudioFrameOptions } from './sound/read-audio-frames.js';
import { soundEncodings } from './sound/sound-encodings.js';
import type { WorkOptions } from './time-limit.js';
import { planVideo, videoArguments, videoMismatches } from './video/plan-video.js';
import { readVideoPictures, type VideoPicture, type VideoPictureOptions } from './video/read-video-pictures.js';

export interface MediaOptions extends WorkOptions {
  /** Stricter than those of the tools; a wider one does not count. */
  readonly limits?: MediaLimits | undefined;
  /** Default `auto`. */
  readonly tempFiles?: TempFiles | undefined;
}

export interface ProbeOptions extends MediaOptions {
  /** Decodes all of it as well, so that damage behind the header is found; default false. */
  readonly decode?: boolean | undefined;
}

export interface Converted<Attributes extends MediaAttributes = MediaAttributes> {
  /** What came in; of a video whose sound was taken, the video. */
  readonly before: MediaAttributes;
  /** What the output is, found by probing it. */
  readonly after: Attributes;
  /** Null when the input complied: it is the output, byte for byte. */
  readonly bytes: Buffer | null;
  /** What `after` still lacks of what was wanted, in words. */
  readonly mismatches: readonly string[];
}

interface Parts {
  readonly ffmpeg: FfmpegSettings;
  readonly images: ImageProcesses;
  readonly scratchFolder: string;
  readonly limits: AllLimits;
}

/** Longest that libvips may work at one image, however far the deadline is. */
const imageTimeoutSeconds = 30;

/**
 * Probes and converts what strangers send. No decoder runs in this process: images go to processes of their own, sound and
 * video to an ffmpeg each, all with bounds.
 *
 * Every method throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE or DEADLINE_EXCEEDED, or the signal's reason; by then its
 * process is killed and its files are removed.
 */
export class MediaTools implements AsyncDisposable {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What a file is, by its bytes alone. */
  async probe(input: MediaInput, { decode = false, ...options }: ProbeOptions = {}): Promise<MediaAttributes> {
    const limits = strictest(this.#parts.limits, options.limits);
    const head = await this.#look(input, limits);
    if (head.kind === 'picture') {
      if (decode) return (await this.convertImage(input, { kind: 'image' }, options)).before;
      const bytes = await readWhole(input);
      return (await this.#parts.images.run({ kind: 'probe', bytes, limits }, options)).before;
    }
    if (head.kind === 'refused')
      throw new MeshError('MEDIA_INVALID', `found ${head.description}; send an image or a recording`);
    return this.#withRecording(input, options, async (recording) => {
      const attributes = await this.#probeRecording(recording, limits, options);
      if (decode) await this.#decode(recording, limits, options);
      return attributes;
    });
  }

  /** Converts what the wishes are about; anything else is MEDIA_INVALID. @throws MeshError also BAD_REQUEST, CONFIG_INVALID */
  convert(input: MediaInput, wanted: WantedMedia, options: MediaOptions = {}): Promise<Converted> {
    switch (wanted.kind) {
      case 'image':
        return this.convertImage(input, wanted, options);
      case 'audio':
        return this.convertAudio(input, wanted, options);
      case 'video':
        return this.convertVideo(input, wanted, options);
    }
  }

  /** The first frame, upright, in sRGB, without metadata. @throws MeshError also BAD_REQUEST when wishes contradict each other */
  async convertImage(
    input: MediaInput,
    wanted: WantedImage,
    options: MediaOptions = {},
  ): Promise<Converted<ImageAttributes>> {
    const limits = strictest(this.#parts.limits, options.limits);
    const head = await this.#look(input, limits);
    if (head.kind !== 'picture') throw new MeshError('MEDIA_INVALID', `found ${head.description}; send an image`);
    const { before, after, bytes } = await this.#parts.images.run(
      { kind: 'convert', bytes: await readWhole(input), wanted, limits, timeoutSeconds: imageTimeoutSeconds },
      options,
    );
    const made = bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { before, after, bytes: made, mismatches: imageMismatches(after, wanted) };
  }

  /** @throws MeshError also BAD_REQUEST when wishes contradict each other, CONFIG_INVALID when ffmpeg lacks an encoder */
  convertAudio(
    input: MediaInput,
    wanted: WantedAudio,
    options: MediaOptions = {},
  ): Promise<Converted<AudioAttributes>> {
    const limits = strictest(this.#parts.limits, options.limits);
    return this.#withRecording(input, options, async (recording, scratchPath) => {
      const before = await this.#probeRecording(recording, limits, options);
      const plan = planAudio(soundOf(before, wanted), before.kind === 'video', wanted, this.#parts.ffmpeg.encoders);
      const { sound, format } = plan;
      if (sound === null) {
        if (before.kind !== 'audio') throw new MeshError('INTERNAL', 'a video passed for sound');
        await this.#decode(recording, limits, options);
        return { before, after: before, bytes: null, mismatches: audioMismatches(before, wanted) };
      }
      const bytes = await this.#encode(recording, scratchPath, limits, options, {
        args: audioArguments({ ...plan, sound }),
        needsFile: soundEncodings[format].needsFile,
        isMp4: format === 'mp4',
      });
      const after = await this.#probeOutput(bytes, options);
      if (after.kind !== 'audio') throw new MeshError('INTERNAL', 'converted sound is a video');
      return { before, after, bytes, mismatches: audioMismatches(after, wanted) };
    });
  }

  /** @throws MeshError as convertAudio */
  convertVideo(
    input: MediaInput,
    wanted: WantedVideo,
    options: MediaOptions = {},
  ): Promise<Converted<VideoAttributes>> {
    const limits = strictest(this.#parts.limits, options.limits);
    return this.#withRecording(input, options, async (recording, scratchPath) => {
      const before = await this.#probeRecording(recording, limits, options);
      if (before.kind !== 'video') throw new MeshError('MEDIA_INVALID', `found ${recording.description}; send a video`);
      const plan = planVideo(before, wanted, this.#parts.ffmpeg.encoders);
      if (plan === null) {
        await this.#decode(recording, limits, options);
        return { before, after: before, bytes: null, mismatches: [] };
      }
      const bytes = await this.#encode(recording, scratchPath, limits, options, {
        args: videoArguments(plan),
        needsFile: true,
        isMp4: plan.format === 'mp4',
      });
      const after = await this.#probeOutput(bytes, options);
      if (after.kind !== 'video') throw new MeshError('INTERNAL', 'a converted video has no pictures');
      return { before, after, bytes, mismatches: videoMismatches(after, wanted, plan.format) };
    });
  }

  /** Sound, of a recording or a video, as mono samples in -1..1; 16 kHz unless told otherwise. */
  async *readAudioFrames(
    input: MediaInput,
    { limits, tempFiles, ...options }: MediaOptions & AudioFrameOptions = {},
  ): AsyncGenerator<Float32Array> {
    const allowed = strictest(this.#parts.limits, limits);
    await using scratch = await openScratch(this.#parts.scratchFolder);
    const recording = await openRecording(input, scratch.path, tempFiles?.input ?? 'auto');
    checkBytes(recording.sizeBytes, allowed);
    yield* readAudioFrames(this.#parts.ffmpeg, recording, allowed, options);
  }

  /** A video as pictures at an even rate. */
  async *readVideoPictures(
    input: MediaInput,
    { limits, tempFiles, ...options }: MediaOptions & VideoPictureOptions,
  ): AsyncGenerator<VideoPicture> {
    const allowed = strictest(this.#parts.limits, limits);
    await using scratch = await openScratch(this.#parts.scratchFolder);
    const recording = await openRecording(input, scratch.path, tempFiles?.input ?? 'auto');
    const video = await this.#probeRecording(recording, allowed, options);
    if (video.kind !== 'video') throw new MeshError('MEDIA_INVALID', `found ${recording.description}; send a video`);
    yield* readVideoPictures(this.#parts.ffmpeg, recording, video, allowed, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.images[Symbol.asyncDispose]();
  }

  async #look(input: MediaInput, limits: AllLimits): Promise<ReturnType<typeof sniffMedia>> {
    checkBytes(await inputSizeBytes(input), limits);
    return sniffMedia(await readHead(input));
  }

  async #withRecording<Result>(
    input: MediaInput,
    { tempFiles, limits, signal }: MediaOptions,
    work: (recording: Recording, scratchPath: string) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    checkBytes(await inputSizeBytes(input), strictest(this.#parts.limits, limits));
    await using scratch = await openScratch(this.#parts.scratchFolder);
    return await work(await openRecording(input, scratch.path, tempFiles?.input ?? 'auto'), scratch.path);
  }

  #probeRecording(
    recording: Recording,
    limits: AllLimits,
    { signal, deadlineAt }: WorkOptions,
  ): Promise<AudioAttributes | VideoAttributes> {
    return probeRecording(this.#parts.ffmpeg, recording, limits, { signal, deadlineAt });
  }

  /** Our own output: the limits of inputs do not hold for it. */
  async #probeOutput(bytes: Buffer, options: MediaOptions): Promise<AudioAttributes | VideoAttributes> {
    const { maxOutputBytes, ...limits } = this.#parts.limits;
    const wide = { ...limits, maxOutputBytes, maxBytes: maxOutputBytes, maxDurationMs: limits.maxDurationMs + 1000 };
    await using scratch = await openScratch(this.#parts.scratchFolder);
    return await this.#probeRecording(await openRecording(bytes, scratch.path, 'auto'), wide, options);
  }

  /** Decodes all of it and keeps nothing: what passes untouched is whole. */
  async #decode(recording: Recording, limits: AllLimits, options: WorkOptions): Promise<void> {
    await this.#run(recording, limits, options, ['-xerror'], ['-map', '0:v?', '-map', '0:a?', '-f', 'null', '-']);
  }

  async #encode(
    recording: Recording,
    scratchPath: string,
    limits: AllLimits,
    options: MediaOptions,
    output: { readonly args: readonly string[]; readonly needsFile: boolean; readonly isMp4: boolean },
  ): Promise<Buffer> {
    const mode = options.tempFiles?.output ?? 'auto';
    if (mode === 'yes' || (mode === 'auto' && output.needsFile)) {
      const path = join(scratchPath, 'output');
      await this.#run(recording, limits, options, ['-y'], [...output.args, `file:${path}`]);
      return readFile(path);
    }
    const fragmented = output.isMp4 ? ['-movflags', '+frag_keyframe+empty_moov'] : [];
    const { stdout } = await this.#run(recording, limits, options, [], [...output.args, ...fragmented, 'pipe:1']);
    return stdout;
  }

  #run(
    recording: Recording,
    limits: AllLimits,
    { signal, deadlineAt }: WorkOptions,
    before: readonly string[],
    after: readonly string[],
  ): ReturnType<typeof runFfmpeg> {
    const { ffmpeg } = this.#parts;
    return runFfmpeg({
      signal,
      deadlineAt,
      program: ffmpeg.program,
      args: [...commonArguments(ffmpeg), ...before, ...recording.inputArgs(limits.maxPixels), ...after],
      input: recording.piped,
      bounds: { cpuSeconds: ffmpeg.cpuSeconds, memoryBytes: ffmpeg.memoryBytes, maxFileBytes: limits.maxOutputBytes },
    });
  }
}

async function readWhole(input: MediaInput): Promise<Uint8Array> {
  return typeof input === 'string' ? readFile(input) : input;
}

/** @throws MeshError MEDIA_INVALID for a video that nobody wants the sound of, or that has none */
function soundOf(before: AudioAttributes | VideoAttributes, { acceptVideo = false }: WantedAudio): AudioAttributes {
  if (before.kind === 'audio') return before;
  if (!acceptVideo) throw new MeshError('MEDIA_INVALID', 'found a video; send a recording of sound alone');
  const { sound, sizeBytes, durationMs, bitRateBps, format } = before;
  if (sound === null) throw new MeshError('MEDIA_INVALID', 'found a video without sound');
  return { ...sound, kind: 'audio', format, sizeBytes, durationMs, bitRateBps: sound.bitRateBps ?? bitRateBps };
}
