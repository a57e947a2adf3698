import type { KeyPath } from '../problems/key-text.js';
import type { ProblemList } from '../problems/problem-list.js';
import { fitNumber, type NumberLimits } from './number-limits.js';

interface LimitsToml<Value> {
  readonly min?: Value | undefined;
  readonly minimum?: Value | undefined;
  readonly max?: Value | undefined;
  readonly maximum?: Value | undefined;
  readonly align?: Value | undefined;
}

/** The limits under either of their names. `min` counts before `minimum`, `max` before `maximum`. */
export function mergeLimitNames<Value>(
  toml: LimitsToml<Value>,
  path: KeyPath,
  problems: ProblemList,
): { readonly min: Value | null; readonly max: Value | null; readonly align: Value | null } {
  for (const [short, long] of [
    ['min', 'minimum'],
    ['max', 'maximum'],
  ] as const) {
    if (toml[short] !== undefined && toml[long] !== undefined) {
      problems.warning([...path, long], `has no effect beside ${short}`);
    }
  }
  return { min: toml.min ?? toml.minimum ?? null, max: toml.max ?? toml.maximum ?? null, align: toml.align ?? null };
}

/** Refuses limits that no number keeps. */
export function checkLimits(limits: NumberLimits, path: KeyPath, problems: ProblemList): void {
  const { min, max, align } = limits;
  if (min !== null && max !== null && min > max) {
    problems.mistake([...path, 'max'], `must be at least min, which is ${min}, is ${max}`);
  } else if (align !== null && align > 0 && fitNumber(min ?? max ?? 0, limits) === null) {
    problems.mistake([...path, 'align'], `no multiple of ${align} lies between min ${min ?? ''} and max ${max ?? ''}`);
  }
}
