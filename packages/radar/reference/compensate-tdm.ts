import type { RadarBasicConfig } from '../ts/types.js';
import { complexVector, type ComplexVector } from './complex.js';

/**
 * Takes out the phase that a moving target gains between the transmitters of one time-division cycle: transmitter m sends
 * m chirps later than the first. docs/radar.md, profile `correct`; S. Rao, "MIMO Radar" (application note SWRA554), 2017.
 */
export function compensateTdm(values: ComplexVector, dopplerBin: number, basic: RadarBasicConfig): ComplexVector {
  const { receivers, transmitters, chirps } = basic;
  const turnsPerTransmitter = (dopplerBin - Math.floor(chirps / 2)) / (chirps * transmitters);
  const compensated = complexVector(values.re.length);
  values.re.forEach((re, antenna) => {
    const im = values.im[antenna] ?? 0;
    const phase = -2 * Math.PI * turnsPerTransmitter * Math.floor(antenna / receivers);
    compensated.re[antenna] = re * Math.cos(phase) - im * Math.sin(phase);
    compensated.im[antenna] = re * Math.sin(phase) + im * Math.cos(phase);
  });
  return compensated;
}
