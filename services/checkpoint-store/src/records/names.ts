import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { everyone } from './rows.js';

function nameTaken(name: string): MeshError {
  return new MeshError('CONFLICT', `${name} already exists, please use another or rename/delete exists`, {
    field: 'name',
  });
}

/**
 * Claims names for a checkpoint; those of checkpoints that belong to everybody are taken too.
 *
 * @throws MeshError CONFLICT naming the first that is taken
 */
export async function claimNames(
  tx: Sql,
  tenantId: string,
  checkpointId: string,
  names: readonly string[],
): Promise<void> {
  const { rows } = await tx.query<{ name: string }>(
    `insert into checkpoint_name (tenant_id, name, checkpoint_id)
     select $1, wanted.name, $2 from unnest($3::text[]) as wanted (name)
     where not exists (select 1 from checkpoint_name taken where taken.tenant_id = '${everyone}' and taken.name = wanted.name)
     on conflict do nothing returning name`,
    [tenantId, checkpointId, names],
  );
  const claimed = new Set(rows.map(({ name }) => name));
  const taken = names.find((name) => !claimed.has(name));
  if (taken !== undefined || claimed.size < names.length) throw nameTaken(taken ?? names[0] ?? '');
}
