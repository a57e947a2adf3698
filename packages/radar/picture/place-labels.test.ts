import { describe, expect, test } from '@jest/globals';
import { placeLabels, type Box } from './place-labels.js';

const frame: Box = { x: 0, y: 0, width: 300, height: 200 };

function meet(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('labels', () => {
  test('stand right above their marks where there is room', () => {
    const [label] = placeLabels([{ x: 100, y: 100, text: '#1' }], frame);
    expect(label?.box.x).toBeGreaterThan(100);
    expect(label?.box.y).toBeLessThan(100);
  });

  test('of a crowd cover neither each other nor marks nor obstacles, and stay in the frame', () => {
    const requests = Array.from({ length: 9 }, (_, index) => ({
      x: 290 - 18 * (index % 3),
      y: 10 + 16 * Math.floor(index / 3),
      text: `#${index + 10}`,
    }));
    const wall = { x: 0, y: 60, width: 300, height: 4 };
    const boxes = placeLabels(requests, frame, [wall]).map(({ box }) => box);
    expect(boxes.length).toBeGreaterThan(2);
    boxes.forEach((box, index) => {
      expect(boxes.slice(index + 1).some((other) => meet(box, other))).toBe(false);
      expect(meet(box, wall)).toBe(false);
      expect(requests.some(({ x, y }) => meet(box, { x, y, width: 0.1, height: 0.1 }))).toBe(false);
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 300 && box.y + box.height <= 200).toBe(true);
    });
  });

  test('without any room there is none', () => {
    expect(placeLabels([{ x: 5, y: 5, text: '#1' }], { x: 0, y: 0, width: 20, height: 20 })).toEqual([]);
  });
});
