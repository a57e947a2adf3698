/**
 * The shapes that the addon, the reference implementation, the simulator and the picture share. Plain data; every
 * field is always set. Frame of reference: x forward from the radar, y lateral, metres; x = range * cos(angle),
 * y = range * sin(angle). A positive speed comes closer: speed = -(range rate).
 */

/**
 * `compatible`: every observable rule of the public service, quirks included. `correct`: what the configuration says.
 * docs/radar.md lists the differences.
 */
export type RadarProfile = 'compatible' | 'correct';

export type WindowKind = 'hann' | 'hamming' | 'chebyshev';
export type AngleMethod = 'fft' | 'music' | 'dbf' | 'capon';
export type CfarKind = 'ca' | 'so' | 'go' | 'os';

/**
 * Memory order of a cube of complex float32 (real, imaginary), slowest index first. `chirp-antenna-sample` is that of
 * radar files; `antenna-chirp-sample` that of the C interface.
 */
export type CubeLayout = 'chirp-antenna-sample' | 'antenna-chirp-sample';

/** RadarBasicConfig. Virtual antennas = receivers * transmitters; antenna v = transmitter * receivers + receiver. */
export interface RadarBasicConfig {
  /** numRx */
  readonly receivers: number;
  /** numTx */
  readonly transmitters: number;
  /** Start_frequency */
  readonly startFrequencyGhz: number;
  /** idle */
  readonly idleUs: number;
  /** adcStartTime; of use to the simulator alone */
  readonly adcStartUs: number;
  /** rampEndTime */
  readonly rampEndUs: number;
  /** freqSlopeConst */
  readonly slopeMhzPerUs: number;
  /** adcSamples */
  readonly samples: number;
  /** adcSampleRate */
  readonly sampleRateKsps: number;
  /** numChirps: chirps of one transmitter in a frame */
  readonly chirps: number;
  /** fps */
  readonly framesPerSecond: number;
}

export interface CfarConfig {
  /** DopplerCfarMethod, RangeCfarMethod */
  readonly kind: CfarKind;
  /**
   * DopplerPfa, RangePfa. `compatible`: a factor on the linear noise estimate. `correct`: the probability, between 0
   * and 1, that the test of this axis fires on noise alone; exactly 1 lets every cell pass.
   */
  readonly pfa: number;
  /** DopplerWinGuardLen, RangeWinGuardLen: cells on each side */
  readonly guardCells: number;
  /** DopplerWinTrainLen, RangeWinTrainLen: cells on each side */
  readonly trainingCells: number;
}

export interface RadarDetectionConfig {
  /** RangeWinType; `compatible` always takes Hann */
  readonly rangeWindow: WindowKind;
  /** DopplerWinType; `compatible` always takes Hann */
  readonly dopplerWindow: WindowKind;
  /** AoaEstimationType */
  readonly angleMethod: AngleMethod;
  readonly dopplerCfar: CfarConfig;
  readonly rangeCfar: CfarConfig;
}

export interface RadarClusteringConfig {
  /** eps */
  readonly maxDistanceM: number;
  /** weight of squared speed differences, in m^2 per (m/s)^2 */
  readonly speedWeight: number;
  /** minPointsInCluster: neighbours that make a core point, itself included */
  readonly minPoints: number;
  readonly maxClusters: number;
  /** maxPoints: further points of a frame are dropped */
  readonly maxPoints: number;
}

export interface RadarTrackingConfig {
  /** trackerAssociationThreshold */
  readonly associationDistanceM: number;
  /** measurementNoiseVariance: m^2 across and along, (m/s)^2 for speed */
  readonly measurementNoiseVariance: number;
  /** timePerFrame: despite that name, frames per second */
  readonly framesPerSecond: number;
  /** iirForgetFactor: weight of the newest size, 0 to 1 */
  readonly sizeForgetFactor: number;
  /** trackerActiveThreshold */
  readonly activeThreshold: number;
  /** trackerForgetThreshold */
  readonly forgetThreshold: number;
}

/** The configuration JSON of a radar (four arrays of one object each), parsed, with units in the names. */
export interface RadarConfig {
  readonly basic: RadarBasicConfig;
  readonly detection: RadarDetectionConfig;
  readonly clustering: RadarClusteringConfig;
  readonly tracking: RadarTrackingConfig;
}

/** Non-coherent sum of magnitudes over the antennas: magnitudes[rangeBin * dopplerBins + dopplerBin]. */
export interface RangeDopplerMap {
  readonly rangeBins: number;
  readonly dopplerBins: number;
  /** Doppler bin of speed 0 = floor(dopplerBins / 2) */
  readonly magnitudes: Float32Array;
}

/** A cell that CFAR let through, in output order, before peak grouping. */
export interface CfarHit {
  readonly rangeBin: number;
  readonly dopplerBin: number;
  /** value / noise, linear */
  readonly snr: number;
}

export interface RadarPoint {
  /** mirrored range index: range = rangeIndex * range step */
  readonly rangeIndex: number;
  /** the Doppler bin */
  readonly speedIndex: number;
  readonly rangeM: number;
  readonly speedMps: number;
  readonly angleDegrees: number;
  /** linear */
  readonly snr: number;
  /** index of its cluster, -1 for none */
  readonly cluster: number;
}

export interface RadarCluster {
  readonly points: number;
  readonly centerXM: number;
  readonly centerYM: number;
  /** largest absolute deviation from the centre along x */
  readonly halfExtentXM: number;
  readonly halfExtentYM: number;
  readonly speedMps: number;
  /** mean of range^2 * snr */
  readonly rangeVariance: number;
  /** mean squared angle, rad^2 */
  readonly angleVariance: number;
  /** mean squared deviation from the mean speed */
  readonly speedVariance: number;
}

/** One slot of the list of trackers. `detection`: seen, not yet trusted; its id is 0 and its numbers are 0. */
export interface RadarTrack {
  /** 1, 2, ... in order of becoming active; 0 while not active */
  readonly id: number;
  readonly state: 'detection' | 'active';
  readonly xM: number;
  readonly yM: number;
  readonly vxMps: number;
  readonly vyMps: number;
  readonly halfExtentXM: number;
  readonly halfExtentYM: number;
}

/** What one frame yields, all steps together. */
export interface RadarFrameResult {
  readonly points: readonly RadarPoint[];
  readonly clusters: readonly RadarCluster[];
  readonly tracks: readonly RadarTrack[];
  /** points beyond maxPoints that were dropped */
  readonly droppedPoints: number;
}
