import { describe, expect, test } from '@jest/globals';
import {
  animationFormats,
  createAnimation,
  decodeImage,
  probeImage,
  rasteriseDrawing,
  type RawImage,
} from '../src/index.js';
import sharp from 'sharp';

const size = { width: 40, height: 30 };

function plain(red: number, green: number, blue: number): RawImage {
  const data = Buffer.from(Array.from({ length: size.width * size.height }, () => [red, green, blue, 255]).flat());
  return { data, ...size, channels: 4 };
}

describe('animations', () => {
  test.each(animationFormats)('%s begins with its first frame, in size and colour', async (format) => {
    const animation = createAnimation(format, { ...size, frameMs: 100 });
    await animation.add(plain(200, 30, 60));
    await animation.add(plain(20, 130, 60));
    const first = await decodeImage(animation.finish());
    expect([first.width, first.height]).toEqual([size.width, size.height]);
    expect(Math.abs((first.data[0] ?? 0) - 200)).toBeLessThan(8);
  });

  test.each(['webp', 'gif'] as const)('%s has all frames, their time and endless repeats', async (format) => {
    const animation = createAnimation(format, { ...size, frameMs: 120 });
    const reds = [250, 130, 10];
    for (const red of reds) await animation.add(plain(red, 40, 40));
    const file = animation.finish();
    expect(await probeImage(file)).toMatchObject({ format, ...size });
    const { pages, delay, loop } = await sharp(file).metadata();
    expect({ pages, delay, loop }).toEqual({ pages: 3, delay: [120, 120, 120], loop: 0 });
    for (const [page, red] of reds.entries()) {
      const { data } = await sharp(file, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      expect(Math.abs((data[0] ?? 0) - red)).toBeLessThan(8);
    }
  });

  test('png counts frames and chunks, and every chunk has its sum', async () => {
    const animation = createAnimation('png', { ...size, frameMs: 40 });
    for (const red of [250, 130, 10]) await animation.add(plain(red, 40, 40));
    const types = [
      ...animation
        .finish()
        .toString('latin1')
        .matchAll(/IHDR|acTL|fcTL|IDAT|fdAT|IEND/gu),
    ].map(([type]) => type);
    expect(types).toEqual(['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND']);
  });
});

describe('drawings', () => {
  test('are drawn in their size, with text although nobody brings fonts', async () => {
    const frame = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" fill="#fff"/>` +
      `<text x="5" y="30" font-family="Inter" font-size="28">${text}</text></svg>`;
    const [empty, word] = [await rasteriseDrawing(frame('')), await rasteriseDrawing(frame('Radar'))];
    const dark = ({ data }: RawImage) => data.filter((value, index) => index % 4 === 0 && value < 128).length;
    expect([word.width, word.height, word.channels]).toEqual([120, 40, 4]);
    expect(dark(empty)).toBe(0);
    expect(dark(word)).toBeGreaterThan(200);
  });
});
