import type { NumberInput } from '../definition/input-definition.js';
import { findBreaches, fitNumber, type LimitBreach } from '../definition/number-limits.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** Type first, then limits: what the conversion of the type gives is what the limits are held against. */
export function checkNumber(input: NumberInput, value: unknown): Checked<number> {
  const number = readNumber(input, value);
  if (number === null) {
    const expected = input.kind === 'integer' ? 'int' : 'float';
    return refused(`the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is ${expected}`);
  }
  const fitted = input.autoConvert ? (fitNumber(number, input) ?? number) : number;
  const breaches = findBreaches(fitted, input).map((breach) => breachText(breach, fitted, input));
  if (breaches.length > 0) return refused(...breaches);
  return isExact(input, fitted)
    ? accepted(fitted)
    : refused(`the value ${shownValue(value)} is too large to be told exactly`);
}

function readNumber(input: NumberInput, value: unknown): number | null {
  if (typeof value === 'number') return fitType(input, value);
  if (!input.autoConvert) return null;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' ? readText(input, value.trim()) : null;
}

/** A fraction is no integer, unless the endpoint converts: then its fraction is dropped. */
function fitType({ kind, autoConvert }: NumberInput, value: number): number | null {
  if (kind === 'float' || Number.isInteger(value)) return value;
  return autoConvert ? Math.trunc(value) : null;
}

function readText({ kind }: NumberInput, text: string): number | null {
  if (kind === 'integer') return /^[+-]?\d+$/u.test(text) ? Number(text) : null;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text) ? Number(text) : null;
}

/** JSON tells no infinity, and integers beyond 2^53 have lost their last digits on the way. */
function isExact({ kind }: NumberInput, value: number): boolean {
  return kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function breachText(breach: LimitBreach, value: number, { min, max, align }: NumberInput): string {
  switch (breach) {
    case 'below-min':
      return `the value ${value} is less than the minimum ${min ?? ''}`;
    case 'above-max':
      return `the value ${value} is greater than the maximum ${max ?? ''}`;
    case 'not-aligned':
      return `the value ${value} is not a multiple of ${align ?? ''}`;
  }
}
