import { z } from 'zod';
import { explainIssue } from '../problems/explain-issue.js';
import type { KeyPath } from '../problems/key-text.js';
import { findNearestWord } from '../problems/nearest-word.js';
import type { ProblemList } from '../problems/problem-list.js';
import type { TomlDocument, TomlTable } from '../toml/toml-document.js';

/**
 * Checks a document against its schema. A key that the schema does not know is a warning and is left out, since the
 * reference server reads past it and files in use hold some; all else is a mistake.
 *
 * @returns null when there are mistakes
 */
export function checkDocument<Value>(
  schema: z.ZodType<Value>,
  document: TomlDocument,
  problems: ProblemList,
): Value | null {
  const strict = schema.safeParse(document.value);
  if (strict.success) return strict.data;
  const known = structuredClone(document.value);
  for (const issue of strict.error.issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const path = issue.path.map(asKey);
    for (const key of issue.keys) {
      const text = problems.isFull ? '' : unknownKey(key, path, schema, valueAt(known, path));
      problems.warning([...path, key], text);
      removeKey(known, path, key);
    }
  }
  const parsed = schema.safeParse(known);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = issue.path.map(asKey);
    problems.mistake(path, explainIssue(issue, valueAt(known, path)));
  }
  return null;
}

function unknownKey(key: string, path: KeyPath, schema: z.ZodType, table: unknown): string {
  const home = path.length === 1 ? findHome(key, schema) : undefined;
  if (home !== undefined) return `has no effect here; it belongs in [${home}]`;
  const siblings = keysAt(schema, path, table);
  const nearest = findNearestWord(key, siblings);
  if (nearest !== undefined) return `is not known and has no effect; did you mean ${nearest}?`;
  return `is not known and has no effect; known here: ${siblings.join(', ')}`;
}

/** The section that knows the key. */
function findHome(key: string, schema: z.ZodType): string | undefined {
  return keysAt(schema, []).find((section) => keysAt(schema, [section]).includes(key));
}

/** Keys of the object that `path` leads to; of a choice of objects by their type, the keys of the one that `table` is. */
function keysAt(schema: z.ZodType, path: KeyPath, table?: unknown): readonly string[] {
  let current: unknown[] = unwrap(schema);
  for (const part of path) current = current.flatMap((one) => unwrap(stepInto(one, part)));
  const objects = current.filter(hasShape);
  const chosen = objects.length === 1 ? objects : objects.filter(({ shape }) => isOfType(shape['type'], table));
  return [...new Set(chosen.flatMap(({ shape }) => Object.keys(shape)))];
}

function isOfType(typeSchema: unknown, table: unknown): boolean {
  return typeSchema instanceof z.ZodType && typeSchema.safeParse(valueAt(table, ['type'])).success;
}

function stepInto(schema: unknown, part: string | number): unknown {
  if (hasShape(schema)) return schema.shape[part];
  if (typeof schema === 'object' && schema !== null && 'valueType' in schema) return schema.valueType;
  return undefined;
}

/** What stands behind optional schemas and choices. */
function unwrap(schema: unknown): unknown[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if ('options' in schema && Array.isArray(schema.options)) return schema.options.flatMap(unwrap);
  // An array has an `unwrap` too, which leads to its elements.
  return isWrapper(schema) && !('element' in schema) ? unwrap(schema.unwrap()) : [schema];
}

function isWrapper(schema: object): schema is { unwrap: () => unknown } {
  return 'unwrap' in schema && typeof schema.unwrap === 'function';
}

function hasShape(schema: unknown): schema is { shape: Record<string | number, unknown> } {
  return typeof schema === 'object' && schema !== null && 'shape' in schema && typeof schema.shape === 'object';
}

function removeKey(table: TomlTable, path: KeyPath, key: string): void {
  const holder = valueAt(table, path);
  if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, key);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (current, part) =>
      typeof current === 'object' && current !== null && Object.hasOwn(current, part)
        ? (current as Record<string | number, unknown>)[part]
        : undefined,
    value,
  );
}

function asKey(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}
