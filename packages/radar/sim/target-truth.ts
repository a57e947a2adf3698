import type { SceneTarget } from './scene.js';

/** Where a target is, as the radar would ideally report it. */
export interface TargetTruth {
  readonly xM: number;
  readonly yM: number;
  readonly rangeM: number;
  readonly angleDegrees: number;
  /** Positive when it comes closer. */
  readonly speedMps: number;
}

/** @param seconds since frame 0 */
export function targetTruth({ positionM, velocityMps }: SceneTarget, seconds: number): TargetTruth {
  const [vx, vy] = velocityMps;
  const xM = positionM[0] + vx * seconds;
  const yM = positionM[1] + vy * seconds;
  const rangeM = Math.hypot(xM, yM);
  return {
    xM,
    yM,
    rangeM,
    angleDegrees: (Math.atan2(yM, xM) * 180) / Math.PI,
    speedMps: -(xM * vx + yM * vy) / rangeM,
  };
}
