import { describe, expect, it } from '@jest/globals';
import { falseAlarmCases, falseAlarmRatio } from './false-alarms.js';

describe('in the profile correct, the rate of false alarms is the configured one within a factor 2', () => {
  it.each(falseAlarmCases)('$kinds at $pfas over 20 frames', async (falseAlarmCase) => {
    const ratio = await falseAlarmRatio(falseAlarmCase, 20);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
