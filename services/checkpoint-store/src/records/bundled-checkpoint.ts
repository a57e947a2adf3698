import type { CheckpointRef } from '@infermesh/contracts';
import type { Database, Sql } from '@infermesh/database';
import { everyone } from './rows.js';

/**
 * Makes this the one bundled checkpoint of its name. False when a tenant has one of that name: theirs stays, ours is left out.
 *
 * @throws MeshError DATABASE_UNAVAILABLE
 */
export async function putBundledCheckpoint(database: Database, ref: CheckpointRef): Promise<boolean> {
  return database.transaction(async (tx) => {
    // several stores may start at once; the number is that of no other lock of this database
    await tx.query('select pg_advisory_xact_lock($1)', [7_316_205]);
    const { rows } = await tx.query<{ tenant_id: string; checkpoint_id: string }>(
      'select tenant_id, checkpoint_id from checkpoint_name where name = $1',
      [ref.name],
    );
    if (rows.some(({ tenant_id: tenantId }) => tenantId !== everyone)) return false;
    const [present] = rows;
    if (present?.checkpoint_id === ref.id) return true;
    if (present !== undefined) await tx.query('delete from checkpoint where id = $1', [present.checkpoint_id]);
    await insertBundled(tx, ref);
    return true;
  });
}

async function insertBundled(
  tx: Sql,
  { id, type, name, file, objectKey, sizeBytes, sha256 }: CheckpointRef,
): Promise<void> {
  await tx.query(
    `insert into checkpoint (id, kind, name, type, status, tenant_id, owner, allowed_roles)
     values ($1, 'files', $2, $3, 'active', '${everyone}', 'infermesh', '{*}')`,
    [id, name, type],
  );
  await tx.query(
    `insert into checkpoint_file (id, checkpoint_id, position, name, path, object_key, size_bytes, sha256, stored_at)
     values ($1, $1, 0, $2, $3, $4, $5, $6, now())`,
    [id, name, file, objectKey, sizeBytes, sha256],
  );
  await tx.query(`insert into checkpoint_name (tenant_id, name, checkpoint_id) values ('${everyone}', $1, $2)`, [
    name,
    id,
  ]);
}
