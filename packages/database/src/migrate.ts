import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MeshError } from '@infermesh/errors';
import type { Database, Sql } from './database.js';

/** Beside `src` and `dist` alike. */
const packageFolder = fileURLToPath(new URL('../migrations/', import.meta.url));

/** Any number that no other advisory lock of this database uses. */
const lockNumber = 7_316_204;

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/**
 * Brings the schema up to date: applies the files `NNNN_name.sql` that are new, in order, in one transaction. Two
 * processes that migrate at once wait for each other.
 *
 * @param folder default: the package's own
 * @returns names of the files applied now
 * @throws MeshError CONFIG_INVALID when a file that was applied has changed or is gone, or sorts before one applied
 */
export async function migrate(database: Database, folder: string = packageFolder): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return await database.transaction(async (tx) => {
    // held until commit or rollback, so it also works through a pooler that hands out sessions by transaction
    await tx.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    await tx.query(
      'create table if not exists schema_migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const pending = await findPending(tx, migrations);
    for (const { name, text, sha256 } of pending) {
      await tx.query(text);
      await tx.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
    }
    return pending.map(({ name }) => name);
  });
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/u.test(name)).sort();
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function findPending(tx: Sql, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows: applied } = await tx.query<{ name: string; sha256: string }>(
    'select name, sha256 from schema_migration order by name',
  );
  applied.forEach(({ name, sha256 }, index) => {
    const file = migrations[index];
    if (file?.name !== name)
      throw new MeshError(
        'CONFIG_INVALID',
        `migration ${name} was applied, but its place is taken by ${file?.name ?? 'no file'}`,
      );
    if (file.sha256 !== sha256)
      throw new MeshError('CONFIG_INVALID', `migration ${name} was changed after it was applied`);
  });
  return migrations.slice(applied.length);
}
