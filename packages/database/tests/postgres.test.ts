import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@infermesh/telemetry';
import { openDatabase } from '../src/index.js';
import { exerciseDatabase } from './exercise-database.js';
import { startPostgresServer } from './postgres-server.js';

const logger = createLogger({ service: 'test', level: 'silent' });

exerciseDatabase('PostgreSQL', startPostgresServer);

describe('a PostgreSQL that is not well', () => {
  it('stops a statement that takes too long', async () => {
    await using server = await startPostgresServer();
    await using database = openDatabase({ url: server.url, maxConnections: 2, statementTimeoutMs: 150, logger });
    await expect(database.query('select pg_sleep(20)')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(database.transaction((tx) => tx.query('select pg_sleep(20)'))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('survives the loss of its sessions, also in the middle of a transaction', async () => {
    await using server = await startPostgresServer();
    await using database = openDatabase({ url: server.url, maxConnections: 1, logger });
    await using operator = openDatabase({ url: server.url, maxConnections: 1, logger });
    const pid = async (): Promise<unknown> => (await database.query('select pg_backend_pid() as pid')).rows[0]?.['pid'];

    await operator.query('select pg_terminate_backend($1, 5000)', [await pid()]);
    const cut = database.transaction(async (tx) => {
      const { rows } = await tx.query('select pg_backend_pid() as pid');
      await operator.query('select pg_terminate_backend($1, 5000)', [rows[0]?.['pid']]);
      await tx.query('select 1');
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('answers DATABASE_UNAVAILABLE when nobody listens, from drizzle too, and when the pool is exhausted', async () => {
    await using gone = openDatabase({
      url: 'postgres://postgres@localhost/postgres?host=/nonexistent',
      maxConnections: 1,
      logger,
    });
    await expect(gone.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(gone.orm.execute('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });

    await using server = await startPostgresServer();
    await using narrow = openDatabase({ url: server.url, maxConnections: 1, connectTimeoutMs: 100, logger });
    const refused = narrow.transaction(async () => {
      await narrow.query('select 1');
    });
    await expect(refused).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});
