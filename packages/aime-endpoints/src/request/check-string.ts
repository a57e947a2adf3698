import type { StringInput } from '../definition/input-definition.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

export function checkString(input: StringInput, value: unknown): Checked<string> {
  const text = readText(value, input.autoConvert);
  if (text === null)
    return refused(`the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is str`);
  // A text has at most as many code points as UTF-16 units, so most need no count.
  if (input.maxLength === null || text.length <= input.maxLength) return accepted(text);
  const cut = text.slice(0, endOfCodePoints(text, input.maxLength));
  if (cut.length === text.length || input.autoConvert) return accepted(cut);
  return refused(`the value ${shownValue(text)} is longer than the maximum length of ${input.maxLength} characters`);
}

export function readText(value: unknown, autoConvert: boolean): string | null {
  if (typeof value === 'string') return value;
  return autoConvert ? JSON.stringify(value) : null;
}

/** Index after the first `count` code points. */
function endOfCodePoints(text: string, count: number): number {
  let index = 0;
  for (let seen = 0; seen < count && index < text.length; seen += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}
