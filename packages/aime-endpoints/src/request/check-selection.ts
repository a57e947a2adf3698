import type { Scalar, SelectionInput } from '../definition/input-definition.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue } from './type-names.js';

/** With auto_convert, a text that spells a supported value is that value; what is none becomes the default or the first. */
export function checkSelection(input: SelectionInput, value: unknown): Checked<Scalar> {
  const { supported, autoConvert } = input;
  const member = supported.find((one) => one === value);
  if (member !== undefined) return accepted(member);
  if (!autoConvert) {
    const list = supported.slice(0, shownMembers).map(shownValue).join(', ');
    const more = supported.length > shownMembers ? `, ... (${supported.length} in all)` : '';
    return refused(`the value ${shownValue(value)} is not one of the supported values ${list}${more}`);
  }
  return accepted(supported.find((one) => String(one) === value) ?? fallbackOf(input));
}

const shownMembers = 20;

/** What takes the place of a value that is missing or not supported. */
export function fallbackOf({ defaultValue, supported }: SelectionInput): Scalar {
  const fallback = defaultValue ?? supported[0];
  if (fallback === undefined) throw new TypeError('a selection without values');
  return fallback;
}
