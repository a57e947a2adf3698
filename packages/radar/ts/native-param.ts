import type { NativeOptions, NativeParam } from './native.js';
import type { AngleMethod, CfarKind, CubeLayout, RadarConfig, RadarProfile, WindowKind } from './types.js';

const angleMethods = { fft: 0, music: 1, dbf: 2, capon: 3 } as const satisfies Record<AngleMethod, number>;
const windows = { hann: 1, hamming: 2, chebyshev: 3 } as const satisfies Record<WindowKind, number>;
const cfarKinds = { ca: 1, so: 2, go: 3, os: 4 } as const satisfies Record<CfarKind, number>;
const profiles = { compatible: 0, correct: 1 } as const satisfies Record<RadarProfile, number>;
const layouts = { 'antenna-chirp-sample': 0, 'chirp-antenna-sample': 1 } as const satisfies Record<CubeLayout, number>;

export function toNativeParam({ basic, detection, clustering, tracking }: RadarConfig): NativeParam {
  return {
    startFreq: basic.startFrequencyGhz,
    idle: basic.idleUs,
    adcStartTime: basic.adcStartUs,
    rampEndTime: basic.rampEndUs,
    freqSlopeConst: basic.slopeMhzPerUs,
    adcSampleRate: basic.sampleRateKsps,
    rn: basic.receivers,
    tn: basic.transmitters,
    sn: basic.samples,
    cn: basic.chirps,
    fps: basic.framesPerSecond,
    dFAR: detection.dopplerCfar.pfa,
    rFAR: detection.rangeCfar.pfa,
    dGWL: detection.dopplerCfar.guardCells,
    dTWL: detection.dopplerCfar.trainingCells,
    rGWL: detection.rangeCfar.guardCells,
    rTWL: detection.rangeCfar.trainingCells,
    doaType: angleMethods[detection.angleMethod],
    eps: clustering.maxDistanceM,
    weight: clustering.speedWeight,
    mpc: clustering.minPoints,
    mc: clustering.maxClusters,
    mp: clustering.maxPoints,
    tat: tracking.associationDistanceM,
    mnv: tracking.measurementNoiseVariance,
    tpf: tracking.framesPerSecond,
    iff: tracking.sizeForgetFactor,
    at: tracking.activeThreshold,
    ft: tracking.forgetThreshold,
  };
}

export function toNativeOptions(config: RadarConfig, profile: RadarProfile, layout: CubeLayout): NativeOptions {
  const { detection } = config;
  return {
    profile: profiles[profile],
    rangeWindow: windows[detection.rangeWindow],
    dopplerWindow: windows[detection.dopplerWindow],
    rangeCfar: cfarKinds[detection.rangeCfar.kind],
    dopplerCfar: cfarKinds[detection.dopplerCfar.kind],
    layout: layouts[layout],
  };
}
