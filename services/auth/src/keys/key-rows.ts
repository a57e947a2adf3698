import type { KeyView, Principal } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { holds } from '../permissions.js';

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly user_name: string;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const columns =
  'api_key.id, api_key.name, prefix, app_user.name AS user_name, scopes, api_key.created_at, expires_at, last_used_at, revoked_at';

/** Whose keys an actor may see and revoke: its own, or with `key:all` its tenant's; parameters $1 to $3. */
const within = 'app_user.tenant_id = $1 AND ($3::boolean OR app_user.name = $2)';

function reach(actor: Principal): [string, string, boolean] {
  return [actor.tenantId, actor.subject, holds(actor, 'key:all')];
}

function toView(row: KeyRow): KeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    user: row.user_name,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

export async function listKeyViews(db: Sql, actor: Principal): Promise<KeyView[]> {
  const { rows } = await db.query<KeyRow>(
    `SELECT ${columns} FROM api_key JOIN app_user ON app_user.id = api_key.user_id WHERE ${within} ORDER BY api_key.created_at, api_key.id LIMIT 1000`,
    reach(actor),
  );
  return rows.map(toView);
}

export async function getKeyView(db: Sql, id: string): Promise<KeyView> {
  const { rows } = await db.query<KeyRow>(
    `SELECT ${columns} FROM api_key JOIN app_user ON app_user.id = api_key.user_id WHERE api_key.id = $1`,
    [id],
  );
  if (rows[0] === undefined) throw new MeshError('NOT_FOUND', `there is no key ${id}`);
  return toView(rows[0]);
}

/** Revoking twice is harmless. @throws MeshError NOT_FOUND, also for a key out of the actor's reach */
export async function revokeKeyRow(db: Sql, actor: Principal, id: string): Promise<KeyView> {
  const { rows } = await db.query<KeyRow>(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) FROM app_user
     WHERE app_user.id = api_key.user_id AND ${within} AND api_key.id = $4 RETURNING ${columns}`,
    [...reach(actor), id],
  );
  if (rows[0] === undefined) throw new MeshError('NOT_FOUND', `you have no key ${id}`);
  return toView(rows[0]);
}
