import type { KeyView, Principal } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { holds, isWithinScopes, requireAll } from '../permissions.js';
import { getUser } from '../users/user-rows.js';

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

/** Parameters $1 to $5 are those of `reach`. */
const within = `app_user.tenant_id = $1 AND ($2::boolean OR app_user.name = $3 AND ($4::boolean OR api_key.id = $5))`;

/**
 * Which keys an actor may see or revoke: with `key:all` its tenant's, else its user's. A key of limited scope needs the action in
 * its scopes, or reaches itself alone.
 */
function reach(actor: Principal, action: 'key:list' | 'key:delete'): [string, boolean, string, boolean, string] {
  return [actor.tenantId, holds(actor, 'key:all'), actor.subject, isWithinScopes(actor, action), actor.keyId];
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
    reach(actor, 'key:list'),
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

/**
 * Revoking twice is harmless.
 *
 * @throws MeshError NOT_FOUND, also for a key out of the actor's reach; FORBIDDEN for a key of a user who may do more
 */
export async function revokeKeyRow(db: Sql, actor: Principal, id: string): Promise<KeyView> {
  const { rows } = await db.query<{ user_name: string }>(
    `SELECT app_user.name AS user_name FROM api_key JOIN app_user ON app_user.id = api_key.user_id WHERE ${within} AND api_key.id = $6`,
    [...reach(actor, 'key:delete'), id],
  );
  const owner = rows[0]?.user_name;
  if (owner === undefined) throw new MeshError('NOT_FOUND', `there is no key ${id} that you may revoke`);
  if (owner !== actor.subject) requireAll(actor, (await getUser(db, actor.tenantId, owner)).permissions);
  await db.query('UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1', [id]);
  return getKeyView(db, id);
}
