import type { NumberRule } from '@infermesh/contracts';

/** How far a measured number may lie off a limit, as a share of the limit: encoders keep to a bit rate only so far. */
export interface Tolerance {
  readonly share: number;
}

/**
 * What a number becomes under a rule: itself where it is supported, else the first that is; then clamped, then the nearest
 * multiple of `alignTo` within the limits.
 */
export function fitNumber(actual: number, rule: NumberRule | undefined): number {
  if (rule === undefined) return actual;
  const { supported, minimum = 0, maximum = Number.POSITIVE_INFINITY, alignTo } = rule;
  const chosen = supported === undefined || supported.includes(actual) ? actual : (supported[0] ?? actual);
  const clamped = Math.max(minimum, Math.min(chosen, maximum));
  return alignTo === undefined ? clamped : alignWithin(clamped, { minimum, maximum, alignTo });
}

function alignWithin(
  value: number,
  { minimum, maximum, alignTo }: { readonly minimum: number; readonly maximum: number; readonly alignTo: number },
): number {
  const nearest = Math.max(1, Math.round(value / alignTo)) * alignTo;
  if (nearest > maximum) return Math.max(1, Math.floor(maximum / alignTo)) * alignTo;
  if (nearest < minimum) return Math.ceil(minimum / alignTo) * alignTo;
  return nearest;
}

/** Whether a number meets a rule as it is. */
export function meetsRule(actual: number, rule: NumberRule | undefined, { share }: Tolerance = { share: 0 }): boolean {
  if (rule === undefined) return true;
  const { supported, minimum = 0, maximum = Number.POSITIVE_INFINITY, alignTo } = rule;
  if (supported !== undefined && !supported.some((value) => Math.abs(actual - value) <= value * share)) return false;
  if (actual < minimum * (1 - share) || actual > maximum * (1 + share)) return false;
  return alignTo === undefined || share > 0 || actual % alignTo === 0;
}
