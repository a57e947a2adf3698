import type { RadarFrameWithMap } from '../ts/radar.js';
import type { RadarConfig, RadarProfile, RadarTrack } from '../ts/types.js';

/** What the axes of a map mean. */
export interface PictureScale {
  readonly rangeBins: number;
  readonly dopplerBins: number;
  readonly rangeStepM: number;
  readonly speedStepMps: number;
  /** Range bin b lies at (mirror - b) range steps. */
  readonly mirror: number;
}

/** All that one picture shows. */
export interface FramePicture {
  readonly title: string;
  readonly subtitle: string;
  readonly scale: PictureScale;
  readonly result: Pick<RadarFrameWithMap, 'map' | 'points' | 'clusters' | 'tracks'>;
  /** Where active tracks were before, oldest first, by their ids. */
  readonly trails: ReadonlyMap<number, readonly TrailPoint[]>;
}

export interface TrailPoint {
  readonly xM: number;
  readonly yM: number;
}

/** @param steps of `Radar.describe()` */
export function pictureScale(
  { basic }: RadarConfig,
  profile: RadarProfile,
  steps: { readonly rangeStepM: number; readonly speedStepMps: number },
): PictureScale {
  return {
    rangeBins: basic.samples,
    dopplerBins: basic.chirps,
    rangeStepM: steps.rangeStepM,
    speedStepMps: steps.speedStepMps,
    mirror: profile === 'compatible' ? 256 : basic.samples,
  };
}

export function activeTracks({ result }: FramePicture): RadarTrack[] {
  return result.tracks.filter(({ state }) => state === 'active');
}

/** A track as the radar sees it: positive speed comes closer. */
export function radialOf({ xM, yM, vxMps, vyMps }: RadarTrack): { readonly rangeM: number; readonly speedMps: number } {
  const rangeM = Math.hypot(xM, yM);
  return { rangeM, speedMps: rangeM === 0 ? 0 : -(xM * vxMps + yM * vyMps) / rangeM };
}
