import { expect, test } from '@jest/globals';
import { raddetConfig } from '../sim/index.js';
import { unitsOf } from './units.js';

test('the steps of the RADDet set, and the strongest point of its frame 559 at bin (105, 14)', () => {
  const { mirror, rangeStepM, zeroSpeedBin, speedStepMps } = unitsOf(raddetConfig.basic, 'compatible');
  expect(rangeStepM).toBeCloseTo(0.195177, 6);
  expect(speedStepMps).toBeCloseTo(0.420365, 6);
  expect((mirror - 105) * rangeStepM).toBeCloseTo(29.472, 3);
  expect((14 - zeroSpeedBin) * speedStepMps).toBeCloseTo(-7.567, 3);
});

test('the compatible mirror is 256 whatever the samples; the correct one counts them', () => {
  const basic = { ...raddetConfig.basic, samples: 128 };
  expect(unitsOf(basic, 'compatible').mirror).toBe(256);
  expect(unitsOf(basic, 'correct').mirror).toBe(128);
});
