import type { Sql } from '@infermesh/database';

/** The rows of one statement; its text is the same each time. */
export async function rowsOf<Row extends object>(
  db: Sql,
  text: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.prepared<Row>(text, params);
  return rows;
}

/**
 * Items of a batch as the JSON that `jsonb_to_recordset` reads, each with its place in the batch, ordered by record: two
 * statements that lock the same records then do so in the same order, and none waits for the other.
 */
export function toRecordset(items: readonly { readonly id: string }[]): string {
  const numbered = items.map((item, index) => ({ ...item, item: index }));
  return toStorableJson(numbered.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

/** Escapes of NUL, and of halves of surrogate pairs: `JSON.stringify` escapes no others of these. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/giu;

/** JSON as Postgres takes it: what it can't store as text is replaced by U+FFFD. A runtime's message may quote anything. */
function toStorableJson(value: unknown): string {
  return JSON.stringify(value).replace(unstorable, '$1\\ufffd');
}

/**
 * Answers of a batch in the order of its items. A statement that serves many callers returns which item each row answers: an id
 * alone would hand one caller's row to another who named the same id in vain.
 */
export function byItem<Row extends { readonly item: number }>(
  rows: readonly Row[],
  items: readonly unknown[],
): (Row | undefined)[] {
  const answers = new Map(rows.map((row) => [row.item, row]));
  return items.map((_item, index) => answers.get(index));
}
