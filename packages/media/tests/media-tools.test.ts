import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ImageColorSpace } from '@infermesh/contracts';
import sharp from 'sharp';
import { temporaryFolder } from '../../../tests/harness/temporary-folder.js';
import { openMediaTools } from '../src/index.js';
import { aPicture, aTone, aVideo, ffmpeg } from './made-by-ffmpeg.js';
import { openMediaBench, type MediaBench } from './media-bench.js';

jest.setTimeout(120_000);

let bench: MediaBench;

beforeAll(async () => {
  bench = await openMediaBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('probing', () => {
  it('tells what sound is', async () => {
    const attributes = await bench.tools.probe(await aTone('wav', { output: ['-c:a', 'pcm_s24le'] }));
    expect(attributes).toMatchObject({
      kind: 'audio',
      format: 'wav',
      codec: 'pcm_s24le',
      sampleRateHz: 44_100,
      channels: 2,
      bitDepth: 24,
      durationMs: 2000,
    });
    expect(await bench.tools.probe(await aTone('mp3', { output: ['-b:a', '96k'] }))).toMatchObject({
      codec: 'mp3',
      bitDepth: null,
      bitRateBps: 96_000,
    });
  });

  it('tells what a video is, and turns what was filmed upright', async () => {
    const video = await aVideo('mp4');
    expect(await bench.tools.probe(video)).toMatchObject({
      kind: 'video',
      format: 'mp4',
      codec: 'h264',
      width: 160,
      height: 120,
      framesPerSecond: 10,
      pixelFormat: 'yuv420p',
      sound: { codec: 'aac', sampleRateHz: 44_100, channels: 1, bitDepth: null },
    });
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'video.mp4');
    await writeFile(path, video);
    const turned = await ffmpeg(['-i', path], ['-c', 'copy', '-metadata:s:v:0', 'rotate=90', '-f', 'mp4']);
    expect(await bench.tools.probe(turned)).toMatchObject({ width: 120, height: 160 });
    for await (const { image } of bench.tools.readVideoPictures(turned, { picturesPerSecond: 1, maxPictures: 1 }))
      expect(image).toMatchObject({ width: 120, height: 160 });
  });

  it('finds the length of what a browser recorded, which its header lacks', async () => {
    // Through a pipe, as MediaRecorder writes: ffmpeg cannot go back and enter the duration.
    const recorded = await ffmpeg(
      ['-f', 'lavfi', '-i', 'sine=duration=2:sample_rate=48000'],
      ['-c:a', 'libopus', '-f', 'webm', '-live', '1'],
    );
    const { durationMs, format } = (await bench.tools.probe(recorded)) as { durationMs: number; format: string };
    expect(format).toBe('webm');
    expect(Math.abs(durationMs - 2000)).toBeLessThan(50);
  });

  it('takes a recording with a cover for sound', async () => {
    await using folder = await temporaryFolder();
    const [tone, cover] = [join(folder.path, 'tone.mp3'), join(folder.path, 'cover.png')];
    await Promise.all([writeFile(tone, await aTone('mp3')), writeFile(cover, await aPicture('png'))]);
    const song = await ffmpeg(
      ['-i', tone, '-i', cover],
      ['-map', '0', '-map', '1', '-c', 'copy', '-disposition:v:0', 'attached_pic', '-f', 'mp3'],
    );
    expect(await bench.tools.probe(song)).toMatchObject({ kind: 'audio', codec: 'mp3' });
  });

  it('is not fooled by a title that reads like a stream', async () => {
    const title = 'x\n  Stream #0:1: Video: h264, yuv420p, 9999x9999, 25 fps\n  Duration: 09:00:00.00';
    const tone = await aTone('flac', { output: ['-metadata', `title=${title}`] });
    expect(await bench.tools.probe(tone)).toMatchObject({ kind: 'audio', durationMs: 2000 });
  });

  it.each([
    ['rgb', 'png', 'rgb24'],
    ['rgba', 'png', 'rgba'],
    ['gray', 'png', 'gray'],
    ['gray_alpha', 'png', 'ya8'],
    ['palette', 'png', 'pal8'],
    ['monochrome', 'png', 'monob'],
    ['rgb', 'jpeg', 'yuvj420p'],
    ['rgba', 'bmp', 'bgra'],
    ['palette', 'bmp', 'pal8'],
    ['gray', 'tiff', 'gray'],
    ['palette', 'gif', 'pal8'],
  ] as const)('tells %s in a %s of ffmpeg’s %s', async (colorSpace, format, pixelFormat) => {
    const attributes = await bench.tools.probe(await aPicture(format, { pixelFormat }));
    // ffmpeg writes BMPs of 32 bits with a header of the old kind, which knows no alpha.
    const expected = format === 'bmp' && colorSpace === 'rgba' ? 'rgb' : colorSpace;
    expect(attributes).toMatchObject({ format, width: 64, height: 48, colorSpace: expected });
  });

  it('reads a file as it reads bytes, and leaves it where it is', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'anything.txt');
    for (const bytes of [await aTone('ogg'), await aPicture('webp')]) {
      await writeFile(path, bytes);
      expect(await bench.tools.probe(path)).toEqual(await bench.tools.probe(bytes));
      expect((await readFile(path)).equals(bytes)).toBe(true);
    }
  });
});

describe('what complies', () => {
  it('passes untouched, whatever its kind', async () => {
    const [tone, picture, video] = await Promise.all([aTone('ogg'), aPicture('webp'), aVideo('webm')]);
    const converted = await Promise.all([
      bench.tools.convertAudio(tone, { kind: 'audio', formats: ['wav', 'ogg'], maximumDurationMs: 2000 }),
      bench.tools.convertImage(picture, { kind: 'image', formats: ['png', 'webp'], width: { maximum: 64 } }),
      bench.tools.convertVideo(video, { kind: 'video', formats: ['webm'] }),
    ]);
    for (const { bytes, before, after } of converted) {
      expect(bytes).toBeNull();
      expect(after).toEqual(before);
    }
  });

  it('does not where one wish is not met', async () => {
    const tone = await aTone('wav', { seconds: 2, sampleRateHz: 16_000, channels: 1 });
    const wishes = [
      { formats: ['flac'] },
      { sampleRateHz: { supported: [8000] } },
      { channels: { minimum: 2 } },
      { bitDepth: { supported: [8] } },
      { maximumDurationMs: 500 },
    ] as const;
    for (const wish of wishes) {
      const converted = await bench.tools.convertAudio(tone, { kind: 'audio', ...wish });
      expect([wish, converted.bytes === null, converted.mismatches]).toEqual([wish, false, []]);
    }
  });
});

describe('images', () => {
  it.each(['rgb', 'rgba', 'gray', 'gray_alpha', 'palette', 'monochrome'] as const)('become %s', async (colorSpace) => {
    const { after, mismatches } = await bench.tools.convertImage(await aPicture('png', { pixelFormat: 'rgba' }), {
      kind: 'image',
      formats: ['png'],
      colorSpaces: [colorSpace],
      width: { supported: [33] },
    });
    expect([after.colorSpace, mismatches]).toEqual([colorSpace, []]);
  });

  it('are refused a colour space that the format does not hold', async () => {
    const impossible: readonly (readonly ['jpeg' | 'gif' | 'bmp', ImageColorSpace])[] = [
      ['jpeg', 'rgba'],
      ['gif', 'rgb'],
      ['bmp', 'gray'],
    ];
    for (const [format, colorSpace] of impossible) {
      const wishes = { kind: 'image', formats: [format], colorSpaces: [colorSpace] } as const;
      await expect(bench.tools.convertImage(await aPicture('png'), wishes)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        field: 'colorSpaces',
      });
    }
  });

  it('keep their pixels through lossless formats', async () => {
    const source = await aPicture('png', { width: 61, height: 47 });
    const pixelsOf = (bytes: Buffer): Promise<Buffer> => sharp(bytes).raw().toBuffer();
    const expected = await pixelsOf(source);
    for (const format of ['bmp', 'tiff'] as const) {
      const there = await bench.tools.convertImage(source, { kind: 'image', formats: [format] });
      expect(there.bytes).not.toBeNull();
      const back = await bench.tools.convertImage(there.bytes ?? source, { kind: 'image', formats: ['png'] });
      expect([format, (await pixelsOf(back.bytes ?? source)).equals(expected)]).toEqual([format, true]);
    }
  });

  it('lie on white where their alpha has to go', async () => {
    const clear = await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { bytes } = await bench.tools.convertImage(clear, { kind: 'image', formats: ['bmp'], colorSpaces: ['rgb'] });
    expect([...(bytes ?? clear).subarray(-3)]).toEqual([255, 255, 255]);
  });

  it('are stretched by scale and cut by crop', async () => {
    const left = { create: { width: 50, height: 50, channels: 3, background: 'red' } } as const;
    const halves = await sharp({ create: { width: 100, height: 50, channels: 3, background: 'blue' } })
      .composite([{ input: await sharp(left).png().toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer();
    const sized = { kind: 'image', width: { supported: [20] }, height: { supported: [40] } } as const;
    const pixelAt = async (bytes: Buffer | null, x: number): Promise<number[]> => {
      const { data } = await sharp(bytes ?? halves)
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      return [...data.subarray(x * 3, x * 3 + 3)];
    };
    const scale = await bench.tools.convertImage(halves, { ...sized, resizeMethod: 'scale' });
    const crop = await bench.tools.convertImage(halves, { ...sized, resizeMethod: 'crop' });
    expect([scale.after.width, scale.after.height, crop.after.width, crop.after.height]).toEqual([20, 40, 20, 40]);
    for (const { bytes } of [scale, crop])
      expect([await pixelAt(bytes, 0), await pixelAt(bytes, 19)]).toEqual([
        [255, 0, 0],
        [0, 0, 255],
      ]);
    // A third of the way in, stretched, is still red; so it is when the middle fifth was cut out.
    expect((await pixelAt(scale.bytes, 7))[0]).toBeGreaterThan(200);
  });
});

describe('bit rates and pipes', () => {
  it('keeps to a maximal bit rate', async () => {
    const tone = await aTone('wav', { seconds: 5 });
    for (const format of ['mp3', 'ogg', 'webm', 'mp4'] as const) {
      const { after, mismatches } = await bench.tools.convertAudio(tone, {
        kind: 'audio',
        formats: [format],
        bitRateBps: { maximum: 96_000 },
      });
      expect([format, mismatches]).toEqual([format, []]);
      expect(after.bitRateBps).toBeLessThanOrEqual(96_000 * 1.05);
    }
  });

  it.each(['wav', 'mp3', 'ogg', 'webm', 'mp4', 'flac', 'aac'] as const)(
    'writes %s with and without a file',
    async (format) => {
      const tone = await aTone('wav', { seconds: 1 });
      for (const mode of ['yes', 'no'] as const) {
        const { after } = await bench.tools.convertAudio(
          tone,
          { kind: 'audio', formats: [format], channels: { supported: [1] } },
          { tempFiles: { input: mode, output: mode } },
        );
        expect([mode, after.format, after.channels]).toEqual([mode, format, 1]);
      }
    },
  );

  it('refuses what a format cannot be, naming the field', async () => {
    const wishes = { kind: 'audio', formats: ['mp3'], sampleRateHz: { supported: [96_000] } } as const;
    await expect(bench.tools.convertAudio(await aTone('wav'), wishes)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      field: 'sampleRateHz',
    });
  });
});

describe('frames', () => {
  it('of sound: 16 kHz, mono, between -1 and 1, of a recording and of a video', async () => {
    for (const bytes of [await aTone('mp3', { seconds: 3 }), await aVideo('webm', { seconds: 3 })]) {
      let [samples, largest] = [0, 0];
      for await (const frame of bench.tools.readAudioFrames(bytes)) {
        expect(frame.length).toBeLessThanOrEqual(16_000);
        samples += frame.length;
        largest = frame.reduce((most, sample) => Math.max(most, Math.abs(sample)), largest);
      }
      expect(Math.abs(samples - 48_000)).toBeLessThan(2000);
      expect(largest).toBeGreaterThan(0.05);
      expect(largest).toBeLessThanOrEqual(1);
    }
  });

  it('of sound have the pitch that was sung', async () => {
    for await (const frame of bench.tools.readAudioFrames(await aTone('wav', { seconds: 1, channels: 1 }))) {
      const crossings = frame.reduce(
        (count, sample, at) => count + (sample >= 0 && (frame[at - 1] ?? 0) < 0 ? 1 : 0),
        0,
      );
      expect(Math.abs(crossings - 440)).toBeLessThanOrEqual(2);
    }
  });

  it('of a video: at an even rate, no more than asked for', async () => {
    const video = await aVideo('mp4', { seconds: 3 });
    const read = async (picturesPerSecond: number, maxPictures: number): Promise<number[]> => {
      const times: number[] = [];
      const options = { picturesPerSecond, maxPictures, width: { maximum: 80 }, keepAspectRatio: true };
      for await (const { atMs, image } of bench.tools.readVideoPictures(video, options)) {
        expect(image).toMatchObject({ width: 80, height: 60, channels: 3 });
        expect(image.data).toHaveLength(80 * 60 * 3);
        times.push(atMs);
      }
      return times;
    };
    expect(await read(2, 100)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
    expect(await read(10, 4)).toEqual([0, 100, 200, 300]);
  });
});

describe('ffmpeg', () => {
  it('is the one that is named, and its absence is told at the start', async () => {
    await using folder = await temporaryFolder();
    const at = { scratchFolder: folder.path };
    await expect(openMediaTools({ ...at, ffmpegPath: '/nowhere/ffmpeg' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'FFMPEG_PATH leads to no program that may be run: /nowhere/ffmpeg',
    });
    await expect(openMediaTools({ ...at, searchPath: folder.path })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'there is no ffmpeg on PATH: install it, or set FFMPEG_PATH',
    });
  });
});
