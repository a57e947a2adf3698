import type { RadarConfig } from '../ts/types.js';

/** RADDet's radar: 2 x 4 antennas, 64 chirps, 256 samples; range step 0.195 m, speed step 0.42 m/s. */
export const raddetConfig: RadarConfig = {
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
};

/** The same with OS-CFAR. */
export const raddetOsCfarConfig: RadarConfig = {
  ...raddetConfig,
  detection: {
    ...raddetConfig.detection,
    dopplerCfar: { ...raddetConfig.detection.dopplerCfar, kind: 'os', pfa: 1.5 },
    rangeCfar: { ...raddetConfig.detection.rangeCfar, kind: 'os', pfa: 4 },
  },
  clustering: { ...raddetConfig.clustering, minPoints: 7 },
};

/**
 * RADDet's radar for a street: finer angles, and groups no wider than a car. It keeps two things apart that drive side by
 * side, or past each other.
 */
export const streetConfig: RadarConfig = {
  ...raddetConfig,
  detection: { ...raddetConfig.detection, angleMethod: 'music' },
  clustering: { ...raddetConfig.clustering, maxDistanceM: 1.8, speedWeight: 0.5, minPoints: 4 },
  tracking: { ...raddetConfig.tracking, sizeForgetFactor: 0.2, activeThreshold: 2, forgetThreshold: 5 },
};
