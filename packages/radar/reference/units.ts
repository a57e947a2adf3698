import type { RadarBasicConfig, RadarProfile } from '../ts/types.js';

const lightSpeedMps = 299_792_458;

/** The mirrored range axis of the compatible profile counts down from this, whatever the number of samples. */
const compatibleMirror = 256;

/** Section 7 step 9. */
export interface Units {
  /** Range bin b lies at (mirror - b) range steps. */
  readonly mirror: number;
  readonly rangeStepM: number;
  /** Doppler bin of speed 0. */
  readonly zeroSpeedBin: number;
  readonly speedStepMps: number;
}

export function unitsOf(basic: RadarBasicConfig, profile: RadarProfile): Units {
  const bandwidthHz = basic.slopeMhzPerUs * 1e12 * (basic.samples / (basic.sampleRateKsps * 1e3));
  const carrierHz = basic.startFrequencyGhz * 1e9 + bandwidthHz / 2;
  const chirpSeconds = (basic.idleUs + basic.rampEndUs) * 1e-6;
  return {
    mirror: profile === 'compatible' ? compatibleMirror : basic.samples,
    rangeStepM: lightSpeedMps / (2 * bandwidthHz),
    zeroSpeedBin: Math.floor(basic.chirps / 2),
    speedStepMps: lightSpeedMps / (2 * basic.chirps * basic.transmitters * carrierHz * chirpSeconds),
  };
}
