import { fieldPath, type SchemaIssues } from '@infermesh/http';

type Issue = SchemaIssues[number];

/** The validator's word for a zod type (dossier 1.2). */
const primitiveTypes: Readonly<Record<string, readonly string[]>> = {
  string: ['string'],
  number: ['integer', 'number'],
  int: ['integer'],
  boolean: ['boolean'],
  array: ['array'],
  object: ['object'],
  record: ['object'],
};

/**
 * Body faults in the words of the validator that ESD's clients match on: `[object has missing required properties (["models"])]`
 * and so on, dossier 1.2. The field is added where their text does not name it, for people.
 */
export function validatorText(issues: SchemaIssues, body: unknown): string {
  const missing = issues.filter((issue) => isMissing(issue, body));
  const texts =
    missing.length === 0
      ? []
      : [
          `object has missing required properties (${JSON.stringify(missing.map(({ path }) => fieldPath(path)).sort())})`,
        ];
  for (const issue of issues) if (!missing.includes(issue)) texts.push(`${describe(issue, body)}${at(issue)}`);
  return `[${texts.join(', ')}]`;
}

function at({ path }: Issue): string {
  return path.length === 0 ? '' : ` at ${fieldPath(path)}`;
}

function isMissing(issue: Issue, body: unknown): boolean {
  return issue.path.length > 0 && valueAt(body, issue.path) === undefined;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    body,
  );
}

const mostShown = 200;

/** As JSON, cut off where it is long: the client knows what it sent. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function describe(issue: Issue, body: unknown): string {
  const value = valueAt(body, issue.path);
  switch (issue.code) {
    case 'invalid_type': {
      const allowed = JSON.stringify(primitiveTypes[issue.expected] ?? [issue.expected]);
      return `instance type (${typeName(value)}) does not match any allowed primitive type (allowed: ${allowed})`;
    }
    case 'invalid_value':
      return `instance value (${shown(value)}) not found in enum (possible values: ${JSON.stringify(issue.values)})`;
    case 'too_small':
      return tooSmall(issue, value);
    case 'too_big':
      return tooBig(issue, value);
    case 'invalid_format':
      return `ECMA 262 regex "${(issue.pattern ?? issue.format).replace(/^\/|\/[a-z]*$/gu, '')}" does not match input string ${shown(value)}`;
    case 'invalid_union':
      return describeUnion(issue, body);
    default:
      return issue.message;
  }
}

/** Of a choice of types the one that the value has; a value of no type among them is told what there are. */
function describeUnion(issue: Issue & { readonly code: 'invalid_union' }, body: unknown): string {
  const branches = issue.errors.flat();
  const nearest = branches.find(({ code }) => code !== 'invalid_type');
  if (nearest !== undefined) return describe({ ...nearest, path: issue.path }, body);
  const allowed = branches.flatMap((branch) => (branch.code === 'invalid_type' ? primitiveTypes[branch.expected] : []));
  return `instance type (${typeName(valueAt(body, issue.path))}) does not match any allowed primitive type (allowed: ${JSON.stringify(allowed)})`;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

function tooSmall(issue: Issue & { readonly code: 'too_small' }, value: unknown): string {
  if (issue.origin === 'string')
    return `string ${shown(value)} is too short (length: ${lengthOf(value)}, required minimum: ${issue.minimum})`;
  if (issue.origin === 'array')
    return `array is too short: must have at least ${issue.minimum} elements but instance has ${lengthOf(value)} elements`;
  return `numeric instance is lower than the required minimum (minimum: ${issue.minimum}, found: ${String(value)})`;
}

function tooBig(issue: Issue & { readonly code: 'too_big' }, value: unknown): string {
  if (issue.origin === 'string') {
    return `string ${JSON.stringify(String(value).slice(0, 20))} is too long (length: ${lengthOf(value)}, maximum allowed: ${issue.maximum})`;
  }
  if (issue.origin === 'array')
    return `array is too long: must have at most ${issue.maximum} elements but instance has ${lengthOf(value)} elements`;
  return `numeric instance is greater than the required maximum (maximum: ${issue.maximum}, found: ${String(value)})`;
}
