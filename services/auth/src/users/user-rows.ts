import { randomUUID } from 'node:crypto';
import type { Principal, UserView } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { holds, isWithinScopes, requireAll, requirePermission } from '../permissions.js';

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly roles: string[];
  readonly permissions: string[];
  readonly creator: string;
  readonly has_password: boolean;
  readonly created_at: Date;
  readonly disabled_at: Date | null;
}

const columns = `app_user.id, app_user.name, app_user.creator, app_user.password_hash IS NOT NULL AS has_password, app_user.created_at, app_user.disabled_at,
  coalesce((SELECT array_agg(role_name ORDER BY role_name) FROM user_role WHERE user_id = app_user.id), '{}') AS roles,
  coalesce((SELECT array_agg(DISTINCT permission) FROM user_role JOIN role ON role.name = user_role.role_name,
            unnest(role.permissions) AS permission WHERE user_role.user_id = app_user.id), '{}') AS permissions`;

function toView(row: UserRow): UserView {
  return {
    name: row.name,
    roles: row.roles,
    permissions: row.permissions,
    creator: row.creator,
    hasPassword: row.has_password,
    createdAt: row.created_at.toISOString(),
    disabledAt: row.disabled_at?.toISOString() ?? null,
  };
}

async function findUser(db: Sql, tenantId: string, name: string): Promise<UserRow | undefined> {
  const { rows } = await db.query<UserRow>(`SELECT ${columns} FROM app_user WHERE tenant_id = $1 AND name = $2`, [
    tenantId,
    name,
  ]);
  return rows[0];
}

/** @throws MeshError NOT_FOUND */
export async function getUser(
  db: Sql,
  tenantId: string,
  name: string,
): Promise<{ id: string; permissions: readonly string[] }> {
  const user = await findUser(db, tenantId, name);
  if (user === undefined) throw new MeshError('NOT_FOUND', `there is no user ${name}`);
  return user;
}

/** Of a user who may act. @throws MeshError NOT_FOUND for a name that is unknown or disabled */
export async function getRoles(db: Sql, tenantId: string, name: string): Promise<string[]> {
  const user = await findUser(db, tenantId, name);
  if (user?.disabled_at !== null) throw new MeshError('NOT_FOUND', `there is no user ${name}`);
  return user.roles;
}

/**
 * With `user:all` everybody of the tenant, else the actor and those it made.
 *
 * @throws MeshError FORBIDDEN for a key of limited scope without `user:list`
 */
export async function listUserViews(db: Sql, actor: Principal): Promise<UserView[]> {
  if (!isWithinScopes(actor, 'user:list'))
    throw new MeshError('FORBIDDEN', 'this key is limited to other things: user:list is not in its scopes');
  const { rows } = await db.query<UserRow>(
    `SELECT ${columns} FROM app_user WHERE tenant_id = $1 AND ($3::boolean OR name = $2 OR creator = $2) ORDER BY name LIMIT 1000`,
    [actor.tenantId, actor.subject, holds(actor, 'user:all')],
  );
  return rows.map(toView);
}

export interface UserWish {
  readonly name: string;
  readonly passwordHash?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** @throws MeshError FORBIDDEN, NOT_FOUND for a role, CONFLICT for a name taken in another tenant */
export async function putUserRow(
  tx: Sql,
  actor: Principal,
  { name, passwordHash, roles }: UserWish,
): Promise<{ user: UserView; created: boolean }> {
  // a key of limited scope could shed its limits through a new password and a login
  const ownPasswordOnly = name === actor.subject && roles === undefined && actor.scopes.length === 0;
  const existing = await findUser(tx, actor.tenantId, name);
  if (!ownPasswordOnly) await requireDelegation(tx, actor, roles ?? [], existing);
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO app_user (id, tenant_id, name, password_hash, creator) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (name) DO UPDATE SET password_hash = coalesce(excluded.password_hash, app_user.password_hash)
       WHERE app_user.tenant_id = excluded.tenant_id
     RETURNING id`,
    [randomUUID(), actor.tenantId, name, passwordHash ?? null, actor.subject],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new MeshError('CONFLICT', `the user name ${name} is taken: choose another`);
  if (roles !== undefined) await replaceRoles(tx, id, roles);
  const user = await findUser(tx, actor.tenantId, name);
  if (user === undefined) throw new MeshError('INTERNAL', `user ${name} was not written`);
  return { user: toView(user), created: existing === undefined };
}

/** Nobody hands out, or takes over by a new password, what it does not hold itself. */
async function requireDelegation(
  tx: Sql,
  actor: Principal,
  roles: readonly string[],
  existing: UserRow | undefined,
): Promise<void> {
  requirePermission(actor, 'user:create');
  const { rows } = await tx.query<{ name: string; permissions: string[] }>(
    'SELECT name, permissions FROM role WHERE name = ANY($1::text[]) AND (tenant_id IS NULL OR tenant_id = $2)',
    [roles, actor.tenantId],
  );
  const unknown = roles.find((role) => !rows.some(({ name }) => name === role));
  if (unknown !== undefined) throw new MeshError('NOT_FOUND', `there is no role ${unknown}`, { field: 'roles' });
  requireAll(actor, [...rows.flatMap(({ permissions }) => permissions), ...(existing?.permissions ?? [])]);
}

async function replaceRoles(tx: Sql, userId: string, roles: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM user_role WHERE user_id = $1', [userId]);
  await tx.query('INSERT INTO user_role (user_id, role_name) SELECT $1, name FROM unnest($2::text[]) AS name', [
    userId,
    [...new Set(roles)],
  ]);
}

/** Their keys go with them. Unknown names are left out of the answer. @throws MeshError FORBIDDEN */
export async function deleteUserRows(tx: Sql, actor: Principal, names: readonly string[]): Promise<string[]> {
  requirePermission(actor, 'user:create');
  if (names.includes(actor.subject))
    throw new MeshError('CONFLICT', 'you cannot delete yourself: ask another administrator');
  for (const name of names) {
    const user = await findUser(tx, actor.tenantId, name);
    if (user !== undefined) await requireDelegation(tx, actor, [], user);
  }
  const { rows } = await tx.query<{ name: string }>(
    'DELETE FROM app_user WHERE tenant_id = $1 AND name = ANY($2::text[]) RETURNING name',
    [actor.tenantId, names],
  );
  return rows.map(({ name }) => name);
}
