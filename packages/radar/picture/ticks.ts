/** Round numbers from `low` to `high`, both included, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Adding 0 turns a -0 into 0.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)) + 0);
}

function roundStep(wished: number): number {
  const power = 10 ** Math.floor(Math.log10(wished));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= wished * 0.999) ?? 10;
  return factor * power;
}

/** With a true minus sign. */
export function tickText(value: number): string {
  return String(value).replace('-', '\u2212');
}
