import type { InputDefinition } from '../definition/input-definition.js';
import type { JsonValue } from '../definition/json-value.js';
import { checkBoolean } from './check-boolean.js';
import { checkJson } from './check-json.js';
import { checkNumber } from './check-number.js';
import { checkSelection } from './check-selection.js';
import { checkString, readText } from './check-string.js';
import { accepted, refused, type Checked } from './checked.js';
import { shownValue, typeNameOf } from './type-names.js';

export type PlainKind = 'integer' | 'float' | 'string' | 'boolean' | 'selection' | 'json' | 'text_context';
export type PlainDefinition = Extract<InputDefinition, { kind: PlainKind }>;

const plainKinds: ReadonlySet<string> = new Set<PlainKind>([
  'integer',
  'float',
  'string',
  'boolean',
  'selection',
  'json',
  'text_context',
]);

/** True for every input that holds no media. */
export function isPlain(input: InputDefinition): input is PlainDefinition {
  return plainKinds.has(input.kind);
}

/** Checks one value, and converts it where the input says so. Never called for a value that is missing. */
export function checkPlain(input: PlainDefinition, value: unknown): Checked<JsonValue> {
  switch (input.kind) {
    case 'integer':
    case 'float':
      return checkNumber(input, value);
    case 'string':
      return checkString(input, value);
    case 'boolean':
      return checkBoolean(input, value);
    case 'selection':
      return checkSelection(input, value);
    case 'json':
      return checkJson(value, input.autoConvert);
    case 'text_context': {
      const text = readText(value, input.autoConvert);
      if (text !== null) return accepted(text);
      return refused(`the value ${shownValue(value)} has the type ${typeNameOf(value)}, expected is str`);
    }
  }
}
