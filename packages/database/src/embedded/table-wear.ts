/** What Postgres counts of a table since it was last cleaned and looked at. */
export interface TableWear {
  readonly name: string;
  readonly liveRows: number;
  /** Versions of rows that nobody can see any more; they take room until a VACUUM. */
  readonly deadRows: number;
  /** Rows written since the last ANALYZE, on whose numbers plans rest. */
  readonly changedRows: number;
}

/** Asks for what Postgres counts of each table, in the columns of `TableWear`. */
export const wearQuery = `select quote_ident(schemaname) || '.' || quote_ident(relname) as "name", n_live_tup::int8 as "liveRows",
  n_dead_tup::int8 as "deadRows", n_mod_since_analyze::int8 as "changedRows" from pg_stat_user_tables`;

/** Postgres' own threshold and scale: https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM */
const threshold = 50;
const deadShare = 0.2;
const changedShare = 0.1;

/** A cleaning stops everybody for its time: while there is work it is put off until it is this much overdue. */
const overdueFactor = 10;

/**
 * Chooses the tables to clean, and how. PGlite has no autovacuum: without it tables grow with each update, and plans that
 * are kept would rest for ever on a table as it was when it was empty.
 *
 * @param isIdle whether nobody waits for the engine
 */
export function chooseCare(tables: readonly TableWear[], isIdle: boolean): string[] {
  const factor = isIdle ? 1 : overdueFactor;
  return tables.flatMap(({ name, liveRows, deadRows, changedRows }) => {
    if (deadRows > factor * (threshold + deadShare * liveRows)) return [`vacuum (analyze) ${name}`];
    if (changedRows > factor * (threshold + changedShare * liveRows)) return [`analyze ${name}`];
    return [];
  });
}
