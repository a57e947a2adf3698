import { describe, expect, it } from '@jest/globals';
import { leastLoaded } from './least-loaded.js';

const small = { name: 'small', readyWorkers: 1, slotsPerWorker: 1 };
const large = { name: 'large', readyWorkers: 4, slotsPerWorker: 2 };
const idle = { name: 'idle', readyWorkers: 0, slotsPerWorker: 1 };

describe('leastLoaded', () => {
  it('weighs what waits by what runs at once', () => {
    expect(leastLoaded([small, large], [2, 8])).toBe(large);
    expect(leastLoaded([small, large], [1, 16])).toBe(small);
    expect(leastLoaded([idle, small], [3, 2])).toBe(small);
  });

  it('takes any among equals, and refuses to choose from nothing', () => {
    expect(leastLoaded([small, large], [0, 0], () => 0)).toBe(small);
    expect(leastLoaded([small, large], [0, 0], () => 0.99)).toBe(large);
    expect(() => leastLoaded([], [])).toThrow(/no endpoint/u);
  });
});
