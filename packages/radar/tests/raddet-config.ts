import type { RadarConfig } from '../ts/types.js';

/** The RADDet radar as it ships: 64 chirps, 8 virtual antennas, 256 samples. */
export function raddetConfig(changes: Partial<RadarConfig> = {}): RadarConfig {
  return {
    basic: {
      receivers: 4,
      transmitters: 2,
      startFrequencyGhz: 77,
      idleUs: 4,
      adcStartUs: 6,
      rampEndUs: 32,
      slopeMhzPerUs: 30,
      samples: 256,
      sampleRateKsps: 10_000,
      chirps: 64,
      framesPerSecond: 10,
    },
    detection: {
      rangeWindow: 'hann',
      dopplerWindow: 'hann',
      angleMethod: 'fft',
      dopplerCfar: { kind: 'ca', pfa: 2, guardCells: 4, trainingCells: 8 },
      rangeCfar: { kind: 'ca', pfa: 3, guardCells: 6, trainingCells: 10 },
    },
    clustering: { maxDistanceM: 5, speedWeight: 0, minPoints: 5, maxClusters: 20, maxPoints: 1000 },
    tracking: {
      associationDistanceM: 2,
      measurementNoiseVariance: 0.1,
      framesPerSecond: 10,
      sizeForgetFactor: 1,
      activeThreshold: 0,
      forgetThreshold: 0,
    },
    ...changes,
  };
}
