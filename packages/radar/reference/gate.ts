import type { RadarCluster } from '../ts/types.js';
import { measure, type Measurement, type State } from './kalman.js';

/** Side lengths, halved, of the box round a tracker. */
export interface HalfExtents {
  readonly xM: number;
  readonly yM: number;
}

export function measurementOf({ centerXM, centerYM, speedMps }: RadarCluster): Measurement {
  return {
    rangeM: Math.hypot(centerXM, centerYM),
    azimuthRad: Math.atan2(centerYM, centerXM),
    rangeRateMps: -speedMps,
  };
}

/**
 * Section 7 step 11: the squared polar distance of a measurement from a prediction, by the law of cosines.
 *
 * @returns null outside of the gate
 */
export function gatedDistance(
  state: State,
  { xM, yM }: HalfExtents,
  measurement: Measurement,
  associationDistanceM: number,
): number | null {
  const { rangeM, azimuthRad } = measure(state);
  const angle = measurement.azimuthRad - azimuthRad;
  const distance = rangeM ** 2 + measurement.rangeM ** 2 - 2 * rangeM * measurement.rangeM * Math.cos(angle);
  const reach = Math.max(associationDistanceM, Math.hypot(xM, yM));
  const gate = reach ** 2 + (2 * Math.atan2(associationDistanceM, rangeM)) ** 2 + associationDistanceM ** 2;
  return distance < gate ? distance : null;
}
