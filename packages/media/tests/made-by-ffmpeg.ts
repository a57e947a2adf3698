import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { AudioTarget, ImageTarget, VideoTarget } from '@infermesh/contracts';

/** Runs the system's ffmpeg on generated input. @returns the file that it wrote */
export async function ffmpeg(input: readonly string[], output: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'made-by-ffmpeg-'));
  try {
    const path = join(folder, 'made');
    const args = ['-nostdin', '-loglevel', 'error', ...input, ...output, '-y', path];
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const [text, [code]] = await Promise.all([buffer(child.stderr), once(child, 'close') as Promise<[number]>]);
    if (code !== 0) throw new Error(`ffmpeg: ${text.toString()}`);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const soundOf: Readonly<Record<AudioTarget, readonly string[]>> = {
  wav: ['-f', 'wav'],
  mp3: ['-c:a', 'libmp3lame', '-f', 'mp3'],
  ogg: ['-c:a', 'libvorbis', '-f', 'ogg'],
  webm: ['-c:a', 'libopus', '-f', 'webm'],
  mp4: ['-c:a', 'aac', '-f', 'mp4'],
  flac: ['-c:a', 'flac', '-f', 'flac'],
  aac: ['-c:a', 'aac', '-f', 'adts'],
};

export interface ToneOptions {
  readonly seconds?: number;
  readonly sampleRateHz?: number;
  readonly channels?: number;
  /** Further arguments of the output. */
  readonly output?: readonly string[];
}

/** A sine of 440 Hz. */
export function aTone(
  format: AudioTarget,
  { seconds = 2, sampleRateHz = 44_100, channels = 2, output = [] }: ToneOptions = {},
): Promise<Buffer> {
  const sine = `sine=frequency=440:duration=${seconds}:sample_rate=${sampleRateHz}`;
  return ffmpeg(['-f', 'lavfi', '-i', sine], ['-ac', String(channels), ...soundOf[format], ...output]);
}

interface PictureOptions {
  readonly width?: number;
  readonly height?: number;
  readonly pixelFormat?: string;
}

const codecOf: Readonly<Record<ImageTarget, readonly string[]>> = {
  jpeg: ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-f', 'image2pipe'],
  png: ['-c:v', 'png', '-pix_fmt', 'rgb24', '-f', 'image2pipe'],
  webp: ['-c:v', 'libwebp', '-f', 'webp'],
  tiff: ['-c:v', 'tiff', '-pix_fmt', 'rgb24', '-f', 'image2pipe'],
  bmp: ['-c:v', 'bmp', '-pix_fmt', 'bgr24', '-f', 'image2pipe'],
  gif: ['-c:v', 'gif', '-f', 'gif'],
};

/** ffmpeg's test picture: colours, fine lines, a counter. */
export function aPicture(
  format: ImageTarget,
  { width = 64, height = 48, pixelFormat }: PictureOptions = {},
): Promise<Buffer> {
  const source = `testsrc2=size=${width}x${height}:rate=1:duration=1`;
  const asked = pixelFormat === undefined ? [] : ['-pix_fmt', pixelFormat];
  return ffmpeg(['-f', 'lavfi', '-i', source], ['-frames:v', '1', ...codecOf[format], ...asked]);
}

/** The moving test picture, with a tone unless `silent`. */
export function aVideo(
  format: VideoTarget,
  { seconds = 2, silent = false, output = [] as readonly string[] } = {},
): Promise<Buffer> {
  const pictures = ['-f', 'lavfi', '-i', `testsrc2=size=160x120:rate=10:duration=${seconds}`];
  const tone = silent ? [] : ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const codecs = { mp4: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'], webm: ['-c:v', 'libvpx', '-b:v', '500k'] }[format];
  const sound = silent ? ['-an'] : ['-c:a', format === 'mp4' ? 'aac' : 'libopus'];
  return ffmpeg([...pictures, ...tone], [...codecs, ...sound, ...output, '-f', format]);
}
