import { describe, expect, it } from '@jest/globals';
import { cutTiles } from './tiles.js';

describe('cutTiles', () => {
  it.each([
    [1, 1],
    [256, 256],
    [257, 255],
    [1000, 613],
  ])('keeps every pixel of %i x %i exactly once, with its margin inside the picture', (width, height) => {
    const seen = new Uint8Array(width * height);
    for (const { left, top, width: w, height: h, core } of cutTiles({ width, height }, 256, 16)) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + w).toBeLessThanOrEqual(width);
      expect(top + h).toBeLessThanOrEqual(height);
      expect(core.left - left).toBe(Math.min(16, core.left));
      for (let y = core.top; y < core.top + core.height; y += 1)
        for (let x = core.left; x < core.left + core.width; x += 1)
          seen[y * width + x] = (seen[y * width + x] ?? 0) + 1;
    }
    expect(seen.every((count) => count === 1)).toBe(true);
  });
});
