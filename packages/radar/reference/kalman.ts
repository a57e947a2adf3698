import {
  add,
  diagonal,
  identity,
  invert,
  multiply,
  multiplyVector,
  subtract,
  transpose,
  type Matrix,
} from './matrix.js';

/** [x, y, vx, vy] in metres and metres per second. */
export type State = readonly [x: number, y: number, vx: number, vy: number];

export interface Estimate {
  readonly state: State;
  /** 4 x 4 */
  readonly covariance: Matrix;
}

/** What the radar sees of a cluster. */
export interface Measurement {
  readonly rangeM: number;
  readonly azimuthRad: number;
  /** Positive when it goes away. */
  readonly rangeRateMps: number;
}

/** Variance of the acceleration that a target is taken to have, (m/s^2)^2. */
const accelerationVariance = 1;

/** Variance of the speed across the line of sight, which one measurement does not tell, (m/s)^2. */
const tangentialVariance = 100;

/**
 * One step of constant velocity with white acceleration.
 *
 * Source: Y. Bar-Shalom, X. R. Li, T. Kirubarajan, "Estimation with Applications to Tracking and Navigation", 6.3.2.
 */
export function predict({ state, covariance }: Estimate, seconds: number): Estimate {
  const [x, y, vx, vy] = state;
  const motion: Matrix = [
    [1, 0, seconds, 0],
    [0, 1, 0, seconds],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const [position, cross, speed] = [seconds ** 4 / 4, seconds ** 3 / 2, seconds ** 2].map(
    (value) => value * accelerationVariance,
  );
  const noise: Matrix = [
    [position ?? 0, 0, cross ?? 0, 0],
    [0, position ?? 0, 0, cross ?? 0],
    [cross ?? 0, 0, speed ?? 0, 0],
    [0, cross ?? 0, 0, speed ?? 0],
  ];
  return {
    state: [x + vx * seconds, y + vy * seconds, vx, vy],
    covariance: add(multiply(multiply(motion, covariance), transpose(motion)), noise),
  };
}

export function measure([x, y, vx, vy]: State): Measurement {
  const rangeM = rangeOf(x, y);
  return { rangeM, azimuthRad: Math.atan2(y, x), rangeRateMps: (x * vx + y * vy) / rangeM };
}

/** measurement - expectation, the azimuth on the short way round. */
export function difference(measurement: Measurement, expected: Measurement): readonly [number, number, number] {
  return [
    measurement.rangeM - expected.rangeM,
    wrapped(measurement.azimuthRad - expected.azimuthRad),
    measurement.rangeRateMps - expected.rangeRateMps,
  ];
}

/**
 * The update of an extended Kalman filter: the measurement, which is no linear function of the state, is linearised at the
 * prediction.
 *
 * @param innovation measurement - expectation: [m, rad, m/s]
 * @param noiseVariance of range (m^2), position across (m^2) and range rate ((m/s)^2)
 */
export function update(
  { state, covariance }: Estimate,
  innovation: readonly number[],
  noiseVariance: number,
): Estimate {
  const slope = jacobian(state);
  const { rangeM } = measure(state);
  const noise = diagonal([noiseVariance, noiseVariance / Math.max(rangeM, 1) ** 2, noiseVariance]);
  const crossed = multiply(covariance, transpose(slope));
  const gain = multiply(crossed, invert(add(multiply(slope, crossed), noise)));
  const [dx = 0, dy = 0, dvx = 0, dvy = 0] = multiplyVector(gain, innovation);
  const [x, y, vx, vy] = state;
  return {
    state: [x + dx, y + dy, vx + dvx, vy + dvy],
    covariance: multiply(subtract(identity(4), multiply(gain, slope)), covariance),
  };
}

/** One-point initiation: the measurement gives place and speed along the line of sight; across it, it is unknown. */
export function startEstimate(x: number, y: number, rangeRateMps: number, noiseVariance: number): Estimate {
  const azimuth = Math.atan2(y, x);
  const [cos, sin] = [Math.cos(azimuth), Math.sin(azimuth)];
  const along = (a: number, b: number): number => noiseVariance * a * b;
  const across = (a: number, b: number): number => tangentialVariance * a * b;
  return {
    state: [x, y, rangeRateMps * cos, rangeRateMps * sin],
    covariance: [
      [noiseVariance, 0, 0, 0],
      [0, noiseVariance, 0, 0],
      [0, 0, along(cos, cos) + across(sin, sin), along(cos, sin) - across(sin, cos)],
      [0, 0, along(sin, cos) - across(cos, sin), along(sin, sin) + across(cos, cos)],
    ],
  };
}

/** Rows: range, azimuth, range rate. Columns: x, y, vx, vy. */
function jacobian([x, y, vx, vy]: State): Matrix {
  const r = rangeOf(x, y);
  const rate = (x * vx + y * vy) / r;
  return [
    [x / r, y / r, 0, 0],
    [-y / r ** 2, x / r ** 2, 0, 0],
    [(vx - (rate * x) / r) / r, (vy - (rate * y) / r) / r, x / r, y / r],
  ];
}

function rangeOf(x: number, y: number): number {
  return Math.max(Math.hypot(x, y), 1e-6);
}

/** Into (-pi, pi]. */
function wrapped(angle: number): number {
  const turned = angle % (2 * Math.PI);
  if (turned > Math.PI) return turned - 2 * Math.PI;
  return turned <= -Math.PI ? turned + 2 * Math.PI : turned;
}
