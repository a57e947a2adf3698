/** For each output position of one axis: which source positions count, and how much. */
export interface Taps {
  /** First source position of each output position. */
  readonly starts: Uint32Array;
  /** `tapCount` weights for each output position, summing to 1; unused ones at the end are 0. */
  readonly weights: Float32Array;
  readonly tapCount: number;
}

const lobes = 3;

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= lobes) return 0;
  const angle = Math.PI * x;
  return (lobes * Math.sin(angle) * Math.sin(angle / lobes)) / (angle * angle);
}

/** Lanczos-3 weights with pixel centres at one half; when shrinking, the kernel widens so that nothing aliases. */
export function lanczosTaps(sourceSize: number, targetSize: number): Taps {
  const step = sourceSize / targetSize;
  const widening = Math.max(1, step);
  const support = lobes * widening;
  const tapCount = Math.min(sourceSize, Math.ceil(support) * 2 + 1);
  const starts = new Uint32Array(targetSize);
  const weights = new Float32Array(targetSize * tapCount);
  for (let target = 0; target < targetSize; target += 1) {
    const centre = (target + 0.5) * step;
    const start = Math.min(Math.max(0, Math.floor(centre - support + 0.5)), sourceSize - tapCount);
    const row = Array.from({ length: tapCount }, (_, tap) => lanczos((start + tap + 0.5 - centre) / widening));
    const sum = row.reduce((total, weight) => total + weight, 0);
    starts[target] = start;
    weights.set(
      row.map((weight) => weight / sum),
      target * tapCount,
    );
  }
  return { starts, weights, tapCount };
}
