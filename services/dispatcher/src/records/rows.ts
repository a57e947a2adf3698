import type { Sql } from '@infermesh/database';

/** The rows of one statement. */
export async function rowsOf<Row extends object>(
  db: Sql,
  text: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Row>(text, params);
  return rows;
}
