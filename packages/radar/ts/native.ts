import { createRequire } from 'node:module';

/** RadarParam of src/libradar.h. */
export interface NativeParam {
  readonly startFreq: number;
  readonly idle: number;
  readonly adcStartTime: number;
  readonly rampEndTime: number;
  readonly freqSlopeConst: number;
  readonly adcSampleRate: number;
  readonly rn: number;
  readonly tn: number;
  readonly sn: number;
  readonly cn: number;
  readonly fps: number;
  readonly dFAR: number;
  readonly rFAR: number;
  readonly dGWL: number;
  readonly dTWL: number;
  readonly rGWL: number;
  readonly rTWL: number;
  readonly doaType: number;
  readonly eps: number;
  readonly weight: number;
  readonly mpc: number;
  readonly mc: number;
  readonly mp: number;
  readonly tat: number;
  readonly mnv: number;
  readonly tpf: number;
  readonly iff: number;
  readonly at: number;
  readonly ft: number;
}

/** RadarxOptions of src/libradar_extra.h. */
export interface NativeOptions {
  readonly profile: number;
  readonly rangeWindow: number;
  readonly dopplerWindow: number;
  readonly rangeCfar: number;
  readonly dopplerCfar: number;
  readonly layout: number;
}

/** The results of a frame, packed. */
export interface NativeFrame {
  /** of each point: range index, speed index, range, speed, angle, SNR */
  readonly points: Float32Array;
  /** cluster of each point, or -1 */
  readonly labels: Int32Array;
  /** of each cluster: points, centre x and y, half-extents x and y, speed, variances of range, angle and speed */
  readonly clusters: Float32Array;
  /** of each slot: id, x, y, vx, vy, half-extents x and y; all 0 while not active */
  readonly tracks: Float64Array;
  readonly droppedPoints: number;
  /** [range][Doppler]; null unless asked for */
  readonly map: Float32Array | null;
  /** of each CFAR hit: range bin, Doppler bin, SNR; null unless the map was asked for */
  readonly hits: Float64Array | null;
}

/** What a handle was made for, and of what. */
export interface RadarDescription {
  /** Memory of the handle, and of the cube that it copies once there was one to copy. */
  readonly memoryBytes: number;
  /** `avx512`, `avx2` or `baseline` */
  readonly instructionSet: string;
  /** Range of one range index. */
  readonly rangeStepM: number;
  /** Speed of one Doppler bin. */
  readonly speedStepMps: number;
  /** The factors on the noise estimate where the window has two sides, and near the ends, where it has one. */
  readonly dopplerMiddleFactor: number;
  readonly dopplerEdgeFactor: number;
  readonly rangeMiddleFactor: number;
  readonly rangeEdgeFactor: number;
}

/** The class that src/addon.cc defines. Its errors have a `code`: the name of a RadarErrorCode. */
export interface NativeRadar {
  createCube(): ArrayBuffer;
  process(cube: Float32Array | Uint8Array, wantsMap: boolean): Promise<NativeFrame>;
  describe(): RadarDescription;
  resetTracking(): void;
  destroy(): void;
}

interface Addon {
  readonly NativeRadar: new (param: NativeParam, options: NativeOptions) => NativeRadar;
}

/** The addon as `scripts/bootstrap` built it. */
export function loadAddon(): Addon {
  return createRequire(import.meta.url)('#addon') as Addon;
}
