import { MeshError } from '@infermesh/errors';
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
    doaType: numberOf(angleMethods, detection.angleMethod, 'angleMethod'),
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

/** Callers without types may send any word. @throws MeshError CONFIG_INVALID */
function numberOf<Word extends string>(numbers: Readonly<Record<Word, number>>, word: Word, field: string): number {
  if (Object.hasOwn(numbers, word)) return numbers[word];
  throw new MeshError('CONFIG_INVALID', `radar: ${field} must be one of ${Object.keys(numbers).join(', ')}`, { field });
}

export function toNativeOptions(config: RadarConfig, profile: RadarProfile, layout: CubeLayout): NativeOptions {
  const { detection } = config;
  return {
    profile: numberOf(profiles, profile, 'profile'),
    rangeWindow: windows[detection.rangeWindow],
    dopplerWindow: windows[detection.dopplerWindow],
    rangeCfar: cfarKinds[detection.rangeCfar.kind],
    dopplerCfar: cfarKinds[detection.dopplerCfar.kind],
    layout: numberOf(layouts, layout, 'layout'),
  };
}
