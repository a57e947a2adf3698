import type { CheckpointAccess, CheckpointView } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { everyone, selectViews } from './rows.js';

/** Rows of `c` that the caller may see; takes $1 to $4, see `accessParams`. */
export const isVisible = `((c.tenant_id = $1 and ($4 or c.owner = $2 or cardinality(c.allowed_roles) = 0
  or c.allowed_roles && ($3::text[] || array['*', $2]))) or c.tenant_id = '${everyone}')`;

export function accessParams({ tenantId, subject, roles, seesAll }: CheckpointAccess): unknown[] {
  return [tenantId, subject, roles, seesAll];
}

function notFound(id: string): MeshError {
  return new MeshError('NOT_FOUND', `checkpoint not found with id ${id}`);
}

/** @throws MeshError NOT_FOUND, also for one out of reach */
export async function getVisible(
  sql: Sql,
  bucket: string,
  access: CheckpointAccess,
  id: string,
): Promise<CheckpointView> {
  const [view] = await selectViews(sql, bucket, `where ${isVisible} and c.id = $5`, [...accessParams(access), id]);
  if (view === undefined) throw notFound(id);
  return view;
}

/** @throws MeshError NOT_FOUND; FORBIDDEN for a checkpoint of somebody else */
export async function getChangeable(
  sql: Sql,
  bucket: string,
  access: CheckpointAccess,
  id: string,
): Promise<CheckpointView> {
  const view = await getVisible(sql, bucket, access, id);
  if (!mayChange(access, view)) throw foreign(access, id);
  return view;
}

export function mayChange({ subject, changesAll }: CheckpointAccess, { owner, tenantId }: CheckpointView): boolean {
  return tenantId !== everyone && (changesAll || owner === subject);
}

export function foreign({ subject }: CheckpointAccess, id: string): MeshError {
  return new MeshError(
    'FORBIDDEN',
    `checkpoint ${id} is not of user ${subject}: its owner or a holder of checkpoint:all may change it`,
  );
}
