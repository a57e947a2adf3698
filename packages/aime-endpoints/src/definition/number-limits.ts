/** What a number may be. Null is no limit. */
export interface NumberLimits {
  readonly min: number | null;
  readonly max: number | null;
  /** Multiples of it, counted from 0. */
  readonly align: number | null;
}

/** How a number breaks its limits. */
export type LimitBreach = 'below-min' | 'above-max' | 'not-aligned';

export function findBreaches(value: number, { min, max, align }: NumberLimits): readonly LimitBreach[] {
  const breaches: LimitBreach[] = [];
  if (min !== null && value < min) breaches.push('below-min');
  if (max !== null && value > max) breaches.push('above-max');
  if (align !== null && !isMultiple(value, align)) breaches.push('not-aligned');
  return breaches;
}

/**
 * The allowed value nearest to `value`: within min and max, and of the multiples of align there the nearest one; halfway
 * between two, the greater.
 *
 * @returns null when no multiple lies between min and max
 */
export function fitNumber(value: number, limits: NumberLimits): number | null {
  const { min, max, align } = limits;
  const clamped = Math.max(min ?? -Infinity, Math.min(max ?? Infinity, value));
  if (align === null) return clamped;
  const lowest = min === null ? -Infinity : roundUp(min / align);
  const highest = max === null ? Infinity : roundDown(max / align);
  if (lowest > highest) return null;
  return multiple(Math.max(lowest, Math.min(highest, Math.round(clamped / align))), align);
}

/** As a part of the count of multiples: 0.3 is a multiple of 0.1, though 0.3 / 0.1 is not 3. */
const tolerance = 1e-9;

function isMultiple(value: number, align: number): boolean {
  const count = value / align;
  return Math.abs(count - Math.round(count)) <= tolerance * Math.max(1, Math.abs(count));
}

function roundUp(count: number): number {
  return Math.ceil(count - tolerance * Math.max(1, Math.abs(count)));
}

function roundDown(count: number): number {
  return Math.floor(count + tolerance * Math.max(1, Math.abs(count)));
}

/** Without the noise of binary fractions: 3 times 0.1 is 0.3. No -0, which JSON would write as 0 anyway. */
function multiple(count: number, align: number): number {
  return Number((count * align).toPrecision(15)) + 0;
}
