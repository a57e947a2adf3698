import { NodePgDatabase, NodePgSession } from 'drizzle-orm/node-postgres';
import { PgDialect, type PgPreparedQuery, type PreparedQueryConfig } from 'drizzle-orm/pg-core';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { PoolClient, QueryArrayConfig, QueryConfig, QueryResult } from 'pg';
import { toDatabaseError } from './database-error.js';

type NoSchema = Record<string, never>;
type NoTables = ExtractTablesWithRelations<NoSchema>;

/** Drizzle's query builder. Transactions are begun with `Database.transaction`, which maps errors and bounds time. */
export type Orm = Omit<NodePgDatabase<NoSchema>, 'transaction' | '$client'>;

/** The one thing that drizzle asks of a connection. */
export interface QueryRunner {
  query(config: QueryConfig | QueryArrayConfig, params: unknown[]): Promise<QueryResult>;
}

class MeshSession extends NodePgSession<NoSchema, NoTables> {
  override prepareQuery<T extends PreparedQueryConfig = PreparedQueryConfig>(
    ...[query, fields, , ...rest]: Parameters<NodePgSession<NoSchema, NoTables>['prepareQuery']>
  ): PgPreparedQuery<T> {
    // No name: a named prepared statement belongs to a server session, and ours may be another one each time.
    const prepared = super.prepareQuery<T>(query, fields, undefined, ...rest);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = async (...values: Parameters<typeof execute>) => {
      try {
        return await execute(...values);
      } catch (error) {
        throw toDatabaseError(error);
      }
    };
    return prepared;
  }
}

export function createOrm(runner: QueryRunner): Orm {
  const dialect = new PgDialect();
  // drizzle's type asks for a whole pool or client; it only calls `query` unless asked for a transaction, which Orm leaves out
  const session = new MeshSession(runner as unknown as PoolClient, dialect, undefined);
  return new NodePgDatabase<NoSchema>(dialect, session, undefined);
}
