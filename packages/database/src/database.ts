import { createHash } from 'node:crypto';
import { MeshError } from '@infermesh/errors';
import type { Logger } from '@infermesh/telemetry';
import pg from 'pg';
import { breaksConnection, toDatabaseError } from './database-error.js';
import { createOrm, type Orm, type QueryRunner } from './orm.js';

export interface DatabaseOptions {
  /**
   * `postgres://user:password@host:port/database`, or with `?host=/folder` for a unix socket. `?prepare=false` keeps no
   * statement prepared: for a pooler that hands out connections by transaction and does not know prepared statements
   * (PgBouncer does from 1.21 on).
   */
  readonly url: string;
  /** Connections at most; what asks beyond that waits `connectTimeoutMs`. */
  readonly maxConnections: number;
  /** A statement that takes longer fails with DATABASE_UNAVAILABLE; inside a transaction the server stops it as well. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** Wait for a free or new connection; default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly logger: Logger;
}

export interface Rows<Row> {
  readonly rows: Row[];
  /** Rows returned, inserted, updated or deleted. */
  readonly rowCount: number;
}

/** What runs SQL: the database, or one transaction in it. */
export interface Sql {
  readonly orm: Orm;
  /**
   * `$1` parameters. `bigint` columns come back as numbers, `jsonb` parsed, `timestamptz` as Date. A parameter for a
   * jsonb column is passed as `JSON.stringify(value)`; an array parameter becomes a Postgres array.
   *
   * @throws MeshError DATABASE_UNAVAILABLE, BAD_REQUEST for a text with a NUL; pg.DatabaseError when Postgres refuses the statement, see `isUniqueViolation`
   */
  query<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Rows<Row>>;
  /** As `query`, for a statement whose text never changes: each connection plans it once and keeps the plan. */
  prepared<Row extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Rows<Row>>;
}

export interface Database extends Sql, AsyncDisposable {
  /**
   * Commits when `work` resolves, rolls back when it rejects. Nothing of it is repeated.
   *
   * @throws MeshError DATABASE_UNAVAILABLE; when the connection is lost during the commit, the outcome is unknown
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
}

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : (pg.types.getTypeParser(oid, format) as (value: unknown) => unknown),
};

function toSql(runner: QueryRunner, prepares: boolean): Sql {
  const run = async <Row extends object>(
    config: { text: string; name?: string },
    params: readonly unknown[] = [],
  ): Promise<Rows<Row>> => {
    const { rows, rowCount } = await runner.query({ ...config, types }, [...params]);
    return { rows: rows as Row[], rowCount: rowCount ?? 0 };
  };
  return {
    orm: createOrm(runner),
    query: (text, params) => run({ text }, params),
    prepared: (text, params) => run(prepares ? { text, name: statementName(text) } : { text }, params),
  };
}

const statementNames = new Map<string, string>();

/** The same text has the same name, in every connection and process. */
function statementName(text: string): string {
  let name = statementNames.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    statementNames.set(text, name);
  }
  return name;
}

/** Opens a pool. Nothing is connected until the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  return new PooledDatabase(options);
}

class PooledDatabase implements Database {
  readonly orm: Orm;
  readonly query: Sql['query'];
  readonly prepared: Sql['prepared'];
  readonly #prepares: boolean;
  readonly #pool: pg.Pool;
  readonly #statementTimeoutMs: number;
  #ended: Promise<void> | undefined;

  constructor({
    url,
    maxConnections,
    statementTimeoutMs = 30_000,
    connectTimeoutMs = 10_000,
    logger,
  }: DatabaseOptions) {
    this.#statementTimeoutMs = statementTimeoutMs;
    this.#prepares = !/[?&]prepare=false(?:&|$)/u.test(url);
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 30_000,
      query_timeout: statementTimeoutMs,
      keepAlive: true,
    });
    this.#pool.on('error', (error) => {
      logger.warn({ err: error }, 'idle database connection lost');
    });
    // The pool listens only while a connection idles; without this one, a loss between two queries of a transaction ends the process.
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined);
    });
    const runner: QueryRunner = {
      query: (config, params) => this.#withConnection((connection) => connection.query(config, params)),
    };
    const sql = toSql(runner, this.#prepares);
    this.orm = sql.orm;
    this.query = sql.query.bind(sql);
    this.prepared = sql.prepared.bind(sql);
  }

  async transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    const timeoutMs = String(Math.ceil(this.#statementTimeoutMs));
    return await this.#withConnection(async (connection) => {
      await connection.query({ text: `begin; set local statement_timeout = ${timeoutMs}` }, []);
      const result = await rollingBack(connection, () => work(toSql(connection, this.#prepares)));
      const { command } = await connection.query({ text: 'commit' }, []);
      if (command !== 'COMMIT')
        throw new MeshError('INTERNAL', 'a failed statement was swallowed inside the transaction; it was rolled back');
      return result;
    });
  }

  /** pg's own `pool.query` throws a connection away at every refused row; this one only when the connection is at fault. */
  async #withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const connection = new Connection(client);
    try {
      return await work(connection);
    } finally {
      client.release(connection.isBroken);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  /** Waits for running queries, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#pool.end();
    await this.#ended;
  }
}

/** A connection that is checked out, and remembers whether it may go back. */
class Connection implements QueryRunner {
  readonly #client: pg.PoolClient;
  isBroken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query(config: pg.QueryConfig | pg.QueryArrayConfig, params: unknown[]): Promise<pg.QueryResult> {
    try {
      return await this.#client.query(config, params);
    } catch (error) {
      this.isBroken ||= breaksConnection(error);
      throw toDatabaseError(error);
    }
  }
}

async function rollingBack<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!connection.isBroken) await connection.query({ text: 'rollback' }, []).catch(() => undefined);
    throw error;
  }
}
