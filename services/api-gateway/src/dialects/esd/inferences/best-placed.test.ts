import { describe, expect, it } from '@jest/globals';
import { bestPlaced } from './best-placed.js';

const small = { name: 'small', readyWorkers: 1, slotsPerWorker: 1, warmCheckpoints: [] };
const large = { name: 'large', readyWorkers: 4, slotsPerWorker: 2, warmCheckpoints: [] };
const idle = { name: 'idle', readyWorkers: 0, slotsPerWorker: 1, warmCheckpoints: [] };

describe('bestPlaced', () => {
  it('weighs what waits by what runs at once', () => {
    const checkpoints = [{ sha256: 'a', sizeBytes: 1 }];
    expect(bestPlaced([small, large], { unfinished: [2, 8], checkpoints })).toBe(large);
    expect(bestPlaced([small, large], { unfinished: [1, 16], checkpoints })).toBe(small);
    expect(bestPlaced([idle, small], { unfinished: [3, 2], checkpoints: [] })).toBe(small);
  });

  it('prefers the one that has loaded what the job needs, as long as its queue is not much longer', () => {
    const warm = { ...small, name: 'warm', warmCheckpoints: ['other', 'a'] };
    const checkpoints = [{ sha256: 'a', sizeBytes: 7e9 }];
    expect(bestPlaced([small, warm], { unfinished: [0, 7], checkpoints })).toBe(warm);
    expect(bestPlaced([small, warm], { unfinished: [0, 9], checkpoints })).toBe(small);
  });

  it('weighs what is not loaded by its bytes', () => {
    const network = { ...small, name: 'network', warmCheckpoints: ['network'] };
    const style = { ...small, name: 'style', warmCheckpoints: ['style'] };
    const checkpoints = [
      { sha256: 'network', sizeBytes: 7e9 },
      { sha256: 'style', sizeBytes: 1e8 },
    ];
    expect(bestPlaced([style, network], { unfinished: [0, 5], checkpoints })).toBe(network);
    expect(bestPlaced([style, network], { unfinished: [0, 9], checkpoints })).toBe(style);
  });

  it('takes any among equals, and refuses to choose from nothing', () => {
    const surroundings = { unfinished: [0, 0], checkpoints: [{ sha256: 'a', sizeBytes: 0 }] };
    expect(bestPlaced([small, large], surroundings, () => 0)).toBe(small);
    expect(bestPlaced([small, large], surroundings, () => 0.99)).toBe(large);
    expect(() => bestPlaced([], surroundings)).toThrow(/no endpoint/u);
  });
});
