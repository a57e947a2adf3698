import type { JsonValue } from '../definition/json-value.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

/** Levels of lists and tables that a value may have; what walks them may walk on the stack. */
const maxDepth = 128;

/** JSON as a text, as the dialect's clients send it, or as the list or table itself. An empty text is null. */
export function checkJson(value: unknown, autoConvert: boolean): Checked<JsonValue> {
  if (typeof value === 'string') return parseJsonText(value);
  if (typeof value === 'object' || autoConvert) return checkDepth(value as JsonValue);
  return refused(`the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is str with JSON text`);
}

function parseJsonText(text: string): Checked<JsonValue> {
  if (text.trim() === '') return accepted(null);
  try {
    return checkDepth(JSON.parse(text) as JsonValue);
  } catch {
    return refused(`the value ${shownValue(text)} is not valid JSON`);
  }
}

function checkDepth(value: JsonValue): Checked<JsonValue> {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return accepted(value);
  }
  return refused(`the value is nested more than ${maxDepth} levels deep`);
}
