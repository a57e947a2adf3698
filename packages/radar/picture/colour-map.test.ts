import { expect, test } from '@jest/globals';
import { createColourMap } from './colour-map.js';

const colours = createColourMap();

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** CIELAB of an sRGB colour: another measure than the one that the map is made by. */
function labOf(index: number): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = [...colours.subarray(3 * index, 3 * index + 3)].map(linear);
  const white = [0.9505, 1, 1.089];
  const [fx = 0, fy = 0, fz = 0] = [
    0.4124 * red + 0.3576 * green + 0.1805 * blue,
    0.2126 * red + 0.7152 * green + 0.0722 * blue,
    0.0193 * red + 0.1192 * green + 0.9505 * blue,
  ].map((value, axis) => {
    const ratio = value / (white[axis] ?? 1);
    return ratio > 0.008856 ? Math.cbrt(ratio) : 7.787 * ratio + 16 / 116;
  });
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

test('has 256 colours that get lighter all the way', () => {
  expect(colours).toHaveLength(768);
  const lightness = Array.from({ length: 256 }, (_, index) => labOf(index)[0]);
  for (let index = 8; index < 256; index += 8) expect(lightness[index]).toBeGreaterThan(lightness[index - 8] ?? 0);
  expect(lightness[0]).toBeLessThan(10);
  expect(lightness[255]).toBeGreaterThan(88);
});

test('equal steps look about equally large, by CIE76 as well', () => {
  const steps = Array.from({ length: 15 }, (_, index) => {
    const [from, to] = [labOf(17 * index), labOf(17 * (index + 1))];
    return Math.hypot(...from.map((value, axis) => value - (to[axis] ?? 0)));
  });
  expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(3);
});
