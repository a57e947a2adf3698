import type { PlainInput } from '../definition/input-definition.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** The texts that mean no: a query string has nothing but texts. */
const falseTexts: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

export function checkBoolean(input: PlainInput, value: unknown): Checked<boolean> {
  if (typeof value === 'boolean') return accepted(value);
  if (input.autoConvert && typeof value === 'number') return accepted(value !== 0);
  if (input.autoConvert && typeof value === 'string') return accepted(!falseTexts.has(value.trim().toLowerCase()));
  return refused(`the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is bool`);
}
