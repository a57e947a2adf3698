import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { blendImages, cropCentre, cropImage, encodePng, resizeImage, type RawImage } from '../src/index.js';
import { aPhotograph } from './a-photograph.js';

async function photograph(): Promise<RawImage> {
  const { data, info } = await aPhotograph().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 3 };
}

const flat = (width: number, height: number, pixel: readonly number[]): RawImage => ({
  data: Buffer.concat(Array.from({ length: width * height }, () => Buffer.from(pixel))),
  width,
  height,
  channels: pixel.length === 4 ? 4 : 3,
});

describe('resizeImage', () => {
  it.each([
    [131, 97],
    [64, 96],
    [17, 11],
    [1, 1],
    [300, 5],
  ])('stretches to %dx%d exactly', async (width, height) => {
    for (const kernel of ['lanczos3', 'nearest'] as const) {
      const resized = await resizeImage(await photograph(), { width, height, kernel });
      expect(resized).toMatchObject({ width, height, channels: 3 });
      expect(resized.data).toHaveLength(width * height * 3);
    }
  });

  it('enlarges an impulse by the Lanczos-3 kernel, side lobes included', async () => {
    const image = flat(21, 1, [100, 100, 100]);
    image.data.fill(200, 10 * 3, 11 * 3);
    const { data } = await resizeImage(image, { width: 42, height: 1, kernel: 'lanczos3' });
    const sinc = (x: number): number => Math.sin(Math.PI * x) / (Math.PI * x);
    const kernelAt = (x: number): number => sinc(x) * sinc(x / 3);
    for (const [offset, distance] of [
      [0, 0.25],
      [1, 0.75],
      [2, 1.25],
      [3, 1.75],
      [4, 2.25],
      [5, 2.75],
    ] as const) {
      const expected = 100 + 100 * kernelAt(distance);
      expect(Math.abs((data[(21 + offset) * 3] ?? 0) - expected)).toBeLessThan(1.5);
      expect(data[(20 - offset) * 3]).toBe(data[(21 + offset) * 3]);
    }
  });

  it('widens the kernel when it shrinks, so that fine stripes turn grey instead of aliasing', async () => {
    const stripes = flat(120, 1, [0, 0, 0]);
    for (let x = 0; x < 120; x += 2) stripes.data.fill(255, x * 3, x * 3 + 3);
    const { data } = await resizeImage(stripes, { width: 40, height: 1, kernel: 'lanczos3' });
    for (const value of data.subarray(6, -6)) expect(Math.abs(value - 127.5)).toBeLessThan(6);
  });

  it('keeps a flat colour flat', async () => {
    const { data } = await resizeImage(flat(7, 5, [10, 128, 255]), { width: 23, height: 31, kernel: 'lanczos3' });
    expect(data.equals(flat(23, 31, [10, 128, 255]).data)).toBe(true);
  });

  it('repeats pixels with the nearest kernel', async () => {
    const image = { ...flat(2, 1, [0, 0, 0]), data: Buffer.from([1, 2, 3, 4, 5, 6]) };
    const { data } = await resizeImage(image, { width: 4, height: 2, kernel: 'nearest' });
    expect([...data]).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
  });

  it('lets no hidden colour bleed through transparent pixels', async () => {
    const image: RawImage = { data: Buffer.from([200, 0, 0, 255, 0, 255, 0, 0]), width: 2, height: 1, channels: 4 };
    const { data } = await resizeImage(image, { width: 8, height: 1, kernel: 'lanczos3' });
    for (let x = 0; x < 8; x += 1) expect(data[x * 4 + 1]).toBe(0);
    expect([data[3], data[31]]).toEqual([255, 0]);
  });

  it('gives way, so that a cancel comes through', async () => {
    const stop = new AbortController();
    const reported: number[] = [];
    const resizing = resizeImage(await photograph(), {
      width: 4000,
      height: 4000,
      kernel: 'lanczos3',
      signal: stop.signal,
      onProgress: (fraction) => {
        reported.push(fraction);
        stop.abort(new Error('enough'));
      },
    });
    await expect(resizing).rejects.toThrow('enough');
    expect(reported).toHaveLength(1);
    expect(reported[0]).toBeLessThan(1);
  });
});

describe('cropping and blending', () => {
  it('crops a region', async () => {
    const image = await photograph();
    const { data } = cropImage(image, { left: 3, top: 2, width: 5, height: 4 });
    const expected = await aPhotograph().extract({ left: 3, top: 2, width: 5, height: 4 }).raw().toBuffer();
    expect(data.equals(expected)).toBe(true);
    expect(() => cropImage(image, { left: 60, top: 0, width: 5, height: 1 })).toThrow(RangeError);
  });

  it('crops the middle', async () => {
    const image = await photograph();
    expect(cropCentre(image, { width: 10, height: 8 })).toEqual(
      cropImage(image, { left: 27, top: 20, width: 10, height: 8 }),
    );
    expect(cropCentre(image, { width: 999, height: 8 })).toMatchObject({ width: 64, height: 8 });
  });

  it('blends by weight', () => {
    const black = flat(2, 2, [0, 0, 0, 0]);
    const bright = flat(2, 2, [200, 100, 50, 255]);
    expect([...blendImages(black, bright, 0.25).data.subarray(0, 4)]).toEqual([50, 25, 13, 64]);
    expect(blendImages(black, bright, 1).data.equals(bright.data)).toBe(true);
    expect(() => blendImages(black, bright, 1.1)).toThrow(RangeError);
    expect(() => blendImages(black, flat(2, 1, [0, 0, 0, 0]), 0.5)).toThrow(RangeError);
  });
});

describe('encodePng', () => {
  it('is lossless, with alpha and without', async () => {
    const image = await photograph();
    expect(
      (
        await sharp(await encodePng(image))
          .raw()
          .toBuffer()
      ).equals(image.data),
    ).toBe(true);
    const translucent = flat(3, 2, [9, 8, 7, 6]);
    expect(
      (
        await sharp(await encodePng(translucent))
          .raw()
          .toBuffer()
      ).equals(translucent.data),
    ).toBe(true);
  });
});
