import type { Sql } from '@infermesh/database';
import { objectKeys, type OpenUpload } from '@infermesh/object-store';

export interface Garbage {
  readonly id: string;
  /** Ends in a slash: all objects under it; else that one. */
  readonly prefix: string;
  readonly uploads: readonly OpenUpload[];
}

interface OpenFile {
  readonly checkpoint_id: string;
  readonly object_key: string;
  readonly upload_id: string;
}

/**
 * Removes records, and notes their objects and uploads as garbage: to be swept now, and once more when the upload URLs that were
 * given out have expired.
 *
 * @returns the ids of those that were there
 */
export async function removeCheckpoints(tx: Sql, ids: readonly string[], urlMs: number): Promise<string[]> {
  const { rows: present } = await tx.query<{ id: string }>(
    'select id from checkpoint where id = any ($1::uuid[]) order by id for update',
    [ids],
  );
  const found = present.map(({ id }) => id);
  const { rows: open } = await tx.query<OpenFile>(
    'select checkpoint_id, object_key, upload_id from checkpoint_file where checkpoint_id = any ($1::uuid[]) and upload_id is not null and object_key is not null',
    [found],
  );
  for (const id of found) {
    const uploads = open.filter((file) => file.checkpoint_id === id);
    await tx.query(
      `insert into checkpoint_garbage (id, prefix, uploads, sweep_at, final_sweep_at)
       values ($1, $2, $3, now(), now() + $4 * interval '1 millisecond') on conflict do nothing`,
      [
        id,
        objectKeys.checkpointPrefix(id),
        JSON.stringify(uploads.map(({ object_key: key, upload_id: uploadId }) => ({ key, uploadId }))),
        urlMs,
      ],
    );
  }
  await tx.query('delete from checkpoint where id = any ($1::uuid[])', [found]);
  return found;
}

/** All under a prefix: to be swept now, and once more when the upload URLs that were given out have expired. */
export async function discardPrefix(tx: Sql, id: string, prefix: string, urlMs: number): Promise<void> {
  await tx.query(
    `insert into checkpoint_garbage (id, prefix, sweep_at, final_sweep_at)
     values ($1, $2, now(), now() + $3 * interval '1 millisecond') on conflict do nothing`,
    [id, prefix, urlMs],
  );
}

/** An object that a record no longer names, to be swept after a while: jobs may hold its key. */
export async function discardLater(tx: Sql, id: string, key: string, afterMs: number): Promise<void> {
  await tx.query(
    `insert into checkpoint_garbage (id, prefix, sweep_at, final_sweep_at)
     values ($1, $2, now() + $3 * interval '1 millisecond', now() + $3 * interval '1 millisecond')`,
    [id, key, afterMs],
  );
}

/** What to sweep now. It is put off by a minute: a sweep that fails is repeated then, and no other store takes the same. */
export async function takeGarbage(sql: Sql, limit: number): Promise<Garbage[]> {
  const { rows } = await sql.query<Garbage>(
    `update checkpoint_garbage set sweep_at = now() + interval '1 minute'
     where id in (select id from checkpoint_garbage where sweep_at <= now() order by sweep_at limit $1 for update skip locked)
     returning id, prefix, uploads`,
    [limit],
  );
  return rows;
}

/** What was swept is forgotten after its last sweep, and put off to it before. */
export async function settleGarbage(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query('delete from checkpoint_garbage where id = any ($1::uuid[]) and final_sweep_at <= now()', [ids]);
  await sql.query('update checkpoint_garbage set sweep_at = final_sweep_at where id = any ($1::uuid[])', [ids]);
}

/** Uploads that nobody has touched for so long, and failures that nobody has deleted. */
export async function findStale(sql: Sql, lifetimeMs: number, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from checkpoint c where status in ('initial', 'failed') and updated_at < now() - $1 * interval '1 millisecond'
       and not exists (select 1 from checkpoint_work w where w.checkpoint_id = c.id)
     order by updated_at limit $2`,
    [lifetimeMs, limit],
  );
  return rows.map(({ id }) => id);
}
