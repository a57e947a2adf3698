import { describe, expect, it } from '@jest/globals';
import { axisThresholds } from '../reference/cfar-threshold.js';
import { windowWeights } from '../reference/window.js';
import { raddetConfig } from '../sim/index.js';
import { Radar } from '../ts/index.js';
import type { CfarConfig, CfarKind } from '../ts/types.js';

const kinds: readonly CfarKind[] = ['ca', 'so', 'go', 'os'];
const cases = kinds.flatMap((kind) =>
  [
    { antennas: 1, trainingCells: 2, pfa: 1e-3 },
    { antennas: 1, trainingCells: 2, pfa: 1e-6 },
    { antennas: 8, trainingCells: 8, pfa: 1e-2 },
    { antennas: 8, trainingCells: 12, pfa: 1e-6 },
    { antennas: 12, trainingCells: 3, pfa: 0.3 },
  ].map((numbers) => ({ kind, ...numbers })),
);

describe('the thresholds of `correct` are the same in the addon and in the reference', () => {
  it.each(cases)('$kind, $antennas antennas, $trainingCells cells, $pfa', ({ kind, antennas, trainingCells, pfa }) => {
    const cfar: CfarConfig = { kind, pfa, guardCells: 2, trainingCells };
    const config = {
      ...raddetConfig,
      basic: { ...raddetConfig.basic, receivers: antennas, transmitters: 1 },
      detection: { ...raddetConfig.detection, dopplerCfar: cfar, rangeCfar: cfar },
    };
    using radar = new Radar(config, { profile: 'correct' });
    const found = radar.describe();
    const doppler = axisThresholds(cfar, antennas, windowWeights('hann', 64));
    const range = axisThresholds(cfar, antennas, windowWeights('hann', 256));
    expect(found.dopplerMiddleFactor / doppler.middle).toBeCloseTo(1, 6);
    expect(found.dopplerEdgeFactor / doppler.end).toBeCloseTo(1, 6);
    expect(found.rangeMiddleFactor / range.middle).toBeCloseTo(1, 6);
    expect(found.rangeEdgeFactor / range.end).toBeCloseTo(1, 6);
  });
});
