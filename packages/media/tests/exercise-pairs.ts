import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  audioTargets,
  imageTargets,
  videoTargets,
  type AudioTarget,
  type ImageTarget,
  type VideoTarget,
} from '@infermesh/contracts';
import { aPicture, aTone, aVideo } from './made-by-ffmpeg.js';
import { openMediaBench, type MediaBench } from './media-bench.js';

export interface Pairs {
  readonly images: readonly (readonly [ImageTarget, ImageTarget])[];
  readonly sound: readonly (readonly [AudioTarget, AudioTarget])[];
  readonly videos: readonly (readonly [VideoTarget, VideoTarget])[];
}

function allOf<Format>(formats: readonly Format[]): (readonly [Format, Format])[] {
  return formats.flatMap((from) => formats.map((to) => [from, to] as const));
}

export const everyPair: Pairs = {
  images: allOf(imageTargets),
  sound: allOf(audioTargets),
  videos: allOf(videoTargets),
};

/** Each format once as source and once as target. */
function ringOf<Format>(formats: readonly Format[]): (readonly [Format, Format])[] {
  return formats.flatMap((from, index) => {
    const to = formats[(index + 1) % formats.length];
    return to === undefined ? [] : [[from, to] as const];
  });
}

export const ringOfPairs: Pairs = {
  images: ringOf(imageTargets),
  sound: ringOf(audioTargets),
  videos: ringOf(videoTargets),
};

/** Converts what ffmpeg made from each format to another, and probes what came out. */
export function exercisePairs({ images, sound, videos }: Pairs): void {
  jest.setTimeout(120_000);
  let bench: MediaBench;

  beforeAll(async () => {
    bench = await openMediaBench();
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  describe('images', () => {
    it.each(images)('%s to %s', async (from, to) => {
      const source = await aPicture(from, { width: 120, height: 90 });
      const { before, after, bytes, mismatches } = await bench.tools.convertImage(source, {
        kind: 'image',
        formats: [to],
        width: { maximum: 64, alignTo: 8 },
        height: { maximum: 64, alignTo: 8 },
        keepAspectRatio: true,
      });
      expect(before).toMatchObject({ kind: 'image', format: from, width: 120, height: 90 });
      expect(after).toMatchObject({ kind: 'image', format: to, width: 64, height: 48, sizeBytes: bytes?.length });
      expect(mismatches).toEqual([]);
    });
  });

  describe('sound', () => {
    it.each(sound)('%s to %s', async (from, to) => {
      const source = await aTone(from, { seconds: 2 });
      const { before, after, bytes, mismatches } = await bench.tools.convertAudio(source, {
        kind: 'audio',
        formats: [to],
        sampleRateHz: { supported: [16_000] },
        bitDepth: { supported: [16, 32] },
        bitRateBps: { maximum: 192_000 },
        channels: { supported: [1] },
        maximumDurationMs: 1000,
      });
      expect(before).toMatchObject({ kind: 'audio', format: from, channels: 2 });
      expect(after).toMatchObject({
        kind: 'audio',
        format: to,
        sampleRateHz: 16_000,
        channels: 1,
        bitDepth: to === 'wav' || to === 'flac' ? 16 : null,
        sizeBytes: bytes?.length,
      });
      expect(Math.abs(after.durationMs - 1000)).toBeLessThan(200);
      expect(mismatches).toEqual([]);
    });
  });

  describe('videos', () => {
    it.each(videos)('%s to %s', async (from, to) => {
      const source = await aVideo(from);
      const { after, mismatches } = await bench.tools.convertVideo(source, {
        kind: 'video',
        formats: [to],
        width: { supported: [64] },
        height: { supported: [64] },
        resizeMethod: 'crop',
        framesPerSecond: { maximum: 5 },
        maximumDurationMs: 1000,
      });
      expect(after).toMatchObject({ kind: 'video', format: to, width: 64, height: 64, framesPerSecond: 5 });
      expect(after.sound).toMatchObject({ channels: 1 });
      expect(mismatches).toEqual([]);
    });
  });
}
