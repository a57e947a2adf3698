import { expect } from '@jest/globals';
import { ReferenceRadar, type ReferenceResult } from '../reference/reference-radar.js';
import { SceneSimulator, createScene } from '../sim/index.js';
import { Radar, type RadarFrameWithMap } from '../ts/index.js';
import type { AgreementCase } from './agreement-cases.js';

/** Runs a case's first frames through the addon and the reference, and expects the same of both. */
export async function expectAgreement({ config, profile, scene }: AgreementCase, frames: number): Promise<void> {
  const simulator = new SceneSimulator(createScene(scene), config);
  const reference = new ReferenceRadar(config, profile);
  using radar = new Radar(config, { profile });
  for (let number = 0; number < frames; number += 1) {
    const cube = simulator.frame(number);
    expectSame(await radar.processFrameWithMap(cube), reference.process(cube));
  }
}

function expectSame(actual: RadarFrameWithMap, expected: ReferenceResult): void {
  expect(worstRelativeError(actual.map.magnitudes, expected.map.magnitudes)).toBeLessThan(1e-4);
  expect(cells(actual)).toEqual(cells(expected));
  expectClose(actual.hits, expected.hits);
  expectClose(actual.points, expected.points);
  expectClose(actual.clusters, expected.clusters);
  expectClose(actual.tracks, expected.tracks);
  expect(actual.droppedPoints).toBe(expected.droppedPoints);
}

function worstRelativeError(actual: Float32Array, expected: Float32Array): number {
  expect(actual).toHaveLength(expected.length);
  return expected.reduce((worst, value, index) => Math.max(worst, Math.abs((actual[index] ?? NaN) - value) / value), 0);
}

function cells({ hits }: ReferenceResult): string[] {
  return hits.map(({ rangeBin, dopplerBin }) => `${rangeBin},${dopplerBin}`);
}

/** Rows with the same words and whole numbers; other numbers within 1e-4 of their size. */
function expectClose(actual: readonly object[], expected: readonly object[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((row, index) => {
    for (const [field, value] of Object.entries(expected[index] ?? {}) as [string, unknown][]) {
      const other = (row as Record<string, unknown>)[field];
      if (typeof value !== 'number' || typeof other !== 'number') {
        expect({ index, [field]: other }).toEqual({ index, [field]: value });
      } else if (!(Math.abs(other - value) <= 1e-4 * Math.max(1, Math.abs(value)))) {
        expect({ index, [field]: other }).toEqual({ index, [field]: value });
      }
    }
  });
}
