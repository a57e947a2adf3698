import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';

export type SchemaIssues = readonly z.core.$ZodIssue[];

const shownIssues = 5;

/**
 * Parses a request by a schema.
 *
 * @param describe the message in a dialect's own words; default: each field with what is allowed
 * @throws MeshError BAD_REQUEST, `field` the first field at fault
 */
export function checkSchema<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  describe: (issues: SchemaIssues) => string = describeIssues,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(nearestIssue);
  const field = fieldPath(issues[0]?.path ?? []);
  throw new MeshError('BAD_REQUEST', describe(issues), field === '' ? {} : { field });
}

/** `models.embeddings: expected string; passages[3].text: too long` */
export function describeIssues(issues: SchemaIssues): string {
  const shown = issues.slice(0, shownIssues).map((issue) => `${fieldPath(issue.path) || 'body'}: ${issue.message}`);
  const hidden = issues.length - shown.length;
  return hidden > 0 ? `${shown.join('; ')}; and ${String(hidden)} more` : shown.join('; ');
}

/** `passages[3].text` */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${String(key)}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** Of a union that fits nowhere, the branch that came furthest: it tells the caller more than "invalid input". */
function nearestIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const furthest = issue.errors
    .map((branch) => branch.toSorted((a, b) => b.path.length - a.path.length)[0])
    .filter((candidate) => candidate !== undefined)
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  if (furthest === undefined || furthest.path.length === 0) return issue;
  return nearestIssue({ ...furthest, path: [...issue.path, ...furthest.path] });
}
