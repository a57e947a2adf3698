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

/**
 * A condition that is always true of a number that counts, from which Postgres concludes that few rows meet it: of a range of values
 * that it knows nothing about (hence the sum) it guesses one row in two hundred (its DEFAULT_RANGE_INEQ_SEL). It then looks each row up by its key
 * in the other table, which it might else read as a whole.
 */
export function isFew(column: string): string {
  return `${column} + 0 BETWEEN 0 AND 1000000`;
}

/** The batch that `toRecordset` made, as a table of a statement whose first parameter it is. */
export function batchAs(name: string, columns: string): string {
  return `(SELECT * FROM jsonb_to_recordset($1::jsonb) AS listed(item int, ${columns}) WHERE ${isFew('item')}) AS ${name}`;
}

/**
 * A condition on a record that is looked up by its id: as a CASE, which no index can serve. Else Postgres may find records through
 * an index of all that are in the same state, however many those are.
 */
export function lookedUp(condition: string): string {
  return `CASE WHEN ${condition} THEN TRUE ELSE FALSE END`;
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
