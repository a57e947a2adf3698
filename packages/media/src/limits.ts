import type { MediaLimits } from '@infermesh/contracts';

/** Every limit, with its value. */
export type AllLimits = Readonly<Record<keyof MediaLimits, number>>;

/** Limits that nobody named: a service sets its own. */
export const defaultMediaLimits: AllLimits = {
  maxBytes: 100 * 1024 * 1024,
  maxPixels: 50_000_000,
  maxSide: 32_768,
  maxDurationMs: 3_600_000,
  maxOutputBytes: 200 * 1024 * 1024,
};

/** Limits that a caller names can only be stricter than what the operator allows. */
export function strictest(allowed: AllLimits, asked: MediaLimits = {}): AllLimits {
  const least = (name: keyof MediaLimits): number => Math.min(allowed[name], asked[name] ?? allowed[name]);
  return {
    maxBytes: least('maxBytes'),
    maxPixels: least('maxPixels'),
    maxSide: least('maxSide'),
    maxDurationMs: least('maxDurationMs'),
    maxOutputBytes: least('maxOutputBytes'),
  };
}
