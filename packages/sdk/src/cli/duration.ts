import { UsageError } from '../errors.js';

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Seconds of a duration such as `90s`, `15m`, `12h` or `30d`.
 *
 * @throws UsageError
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/u.exec(text) ?? [];
  const seconds = Number(count) * (secondsByUnit[unit ?? ''] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new UsageError(`"${text}" is not a duration`, 'Write a whole number and a unit: 90s, 15m, 12h or 30d.');
}
