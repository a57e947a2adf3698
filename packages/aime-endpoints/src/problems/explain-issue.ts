import { isDate } from 'node:util/types';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What zod found, as a sentence for whoever writes the file: what is wrong with `value`, and what is allowed. */
export function explainIssue(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue.expected, value);
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}, is ${describeValue(value)}`;
    case 'invalid_union':
      return explainUnion(issue, value);
    case 'too_small':
      return `must ${bound('have at least', 'be at least', 'be more than', issue)}`;
    case 'too_big':
      return `must ${bound('have at most', 'be at most', 'be less than', issue)}`;
    case 'invalid_key':
      return issue.issues.map(({ message }) => `the name ${message}`).join('; ');
    case 'invalid_format':
    case 'custom':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in [brackets]',
  tuple: 'a list in [brackets]',
  object: 'a table',
  record: 'a table',
};

function explainType(expected: string, value: unknown): string {
  const wanted = typeNames[expected] ?? expected;
  return value === undefined ? `is missing: give ${wanted}` : `must be ${wanted}, is ${describeValue(value)}`;
}

function explainUnion(issue: Extract<Issue, { code: 'invalid_union' }>, value: unknown): string {
  if (isDate(value)) return 'must be no date: JSON has none; write a text in quotes';
  // Only the unions of parameter types have a discriminator.
  if (issue.discriminator === undefined) return issue.message;
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  const known = `the types are ${oneOf(options)}`;
  return value === undefined ? `needs a type: ${known}` : `${describeValue(value)} is no type here; ${known}`;
}

function bound(
  size: string,
  inclusive: string,
  exclusive: string,
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
): string {
  const limit = String('minimum' in issue ? issue.minimum : issue.maximum);
  if (issue.origin === 'string') return `${size} ${limit} character${limit === '1' ? '' : 's'}`;
  if (issue.origin === 'array') return `${size} ${limit} element${limit === '1' ? '' : 's'}`;
  return `${issue.inclusive === false ? exclusive : inclusive} ${limit}`;
}

/** `"a", "b" or "c"`. */
export function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => describeValue(value));
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`;
}

const longestValue = 40;

/** A value for a message, in a few characters. */
function describeValue(value: unknown): string {
  if (isDate(value)) return 'a date';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}
