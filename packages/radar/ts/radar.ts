import { decodeFrame, decodeHits } from './decode-frame.js';
import { fromNativeError } from './native-error.js';
import { toNativeOptions, toNativeParam } from './native-param.js';
import { loadAddon, type NativeFrame, type NativeRadar, type RadarDescription } from './native.js';
import type { CfarHit, CubeLayout, RadarConfig, RadarFrameResult, RadarProfile, RangeDopplerMap } from './types.js';

export interface RadarOptions {
  /** @default 'compatible' */
  readonly profile?: RadarProfile;
  /** @default 'chirp-antenna-sample', the order of radar files */
  readonly layout?: CubeLayout;
}

/** A frame with what it was found in. */
export interface RadarFrameWithMap extends RadarFrameResult {
  readonly map: RangeDopplerMap;
  /** before peak grouping */
  readonly hits: readonly CfarHit[];
}

/**
 * One radar: its configuration, the memory it works in, and its trackers. Frames are worked on off the event loop, one
 * at a time; for two at once take two radars.
 */
export class Radar implements Disposable {
  readonly #native: NativeRadar;
  readonly #config: RadarConfig;

  /** @throws MeshError CONFIG_INVALID, naming the field; OUT_OF_MEMORY */
  constructor(config: RadarConfig, { profile = 'compatible', layout = 'chirp-antenna-sample' }: RadarOptions = {}) {
    const { NativeRadar } = loadAddon();
    this.#config = config;
    this.#native = orMeshError(() => new NativeRadar(toNativeParam(config), toNativeOptions(config, profile, layout)));
  }

  /**
   * Room for a frame, zeros at first, in memory that this radar works on in place: with two of them one is filled while the
   * other is worked on. It is freed with the array, whether the radar still lives or not.
   * @throws MeshError OUT_OF_MEMORY; CONFLICT when the radar was disposed of
   */
  createCube(): Float32Array<ArrayBuffer> {
    return orMeshError(() => new Float32Array(this.#native.createCube()));
  }

  /**
   * Finds the points and clusters of a frame and advances the trackers.
   * @param cube complex float32 values in the radar's layout, little-endian. One that `createCube` of this radar made must be
   *   left alone until the frame is done, or its result means nothing; any other is copied before this returns
   * @throws MeshError PAYLOAD_INVALID when its size differs from the configuration or a sample is not finite; CONFLICT when
   *   another frame is being worked on, or the radar was disposed of
   */
  async processFrame(cube: Float32Array | Uint8Array): Promise<RadarFrameResult> {
    return decodeFrame(await this.#process(cube, false));
  }

  /** The same, with the range-Doppler map and the CFAR hits. */
  async processFrameWithMap(cube: Float32Array | Uint8Array): Promise<RadarFrameWithMap> {
    const frame = await this.#process(cube, true);
    const { samples, chirps } = this.#config.basic;
    return {
      ...decodeFrame(frame),
      map: { rangeBins: samples, dopplerBins: chirps, magnitudes: frame.map ?? new Float32Array() },
      hits: decodeHits(frame.hits ?? new Float64Array()),
    };
  }

  /** @throws MeshError CONFLICT while a frame is being worked on */
  describe(): RadarDescription {
    return orMeshError(() => this.#native.describe());
  }

  /** Forgets all trackers. @throws MeshError CONFLICT while a frame is being worked on */
  resetTracking(): void {
    orMeshError(() => {
      this.#native.resetTracking();
    });
  }

  /** Frees the memory. @throws MeshError CONFLICT while a frame is being worked on, and when called twice */
  [Symbol.dispose](): void {
    orMeshError(() => {
      this.#native.destroy();
    });
  }

  async #process(cube: Float32Array | Uint8Array, wantsMap: boolean): Promise<NativeFrame> {
    try {
      return await this.#native.process(cube, wantsMap);
    } catch (error) {
      throw fromNativeError(error);
    }
  }
}

function orMeshError<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw fromNativeError(error);
  }
}
