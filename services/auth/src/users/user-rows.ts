import { randomUUID } from 'node:crypto';
import type { Principal, UserView } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { administratorPermissions, administratorRole, esdPermissions } from '../bootstrap-auth.js';
import { hasAdministrator } from '../change-tenant.js';
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

export interface ActiveUser {
  readonly userId: string;
  readonly name: string;
  readonly roles: string[];
  readonly permissions: string[];
}

/** A user who may act. @throws MeshError NOT_FOUND for a name that is unknown or disabled */
export async function getActiveUser(db: Sql, tenantId: string, name: string): Promise<ActiveUser> {
  const user = await findUser(db, tenantId, name);
  if (user?.disabled_at !== null) throw new MeshError('NOT_FOUND', `there is no user ${name}`);
  return { userId: user.id, name, roles: user.roles, permissions: user.permissions };
}

/**
 * With `user:all` everybody of the tenant, else the actor and those it made.
 *
 * @throws MeshError FORBIDDEN for a key of limited scope without `user:list`
 */
export async function listUserViews(db: Sql, actor: Principal, after?: string): Promise<UserView[]> {
  if (!isWithinScopes(actor, 'user:list'))
    throw new MeshError('FORBIDDEN', 'this key is limited to other things: user:list is not in its scopes');
  const { rows } = await db.query<UserRow>(
    `SELECT ${columns} FROM app_user WHERE tenant_id = $1 AND ($3::boolean OR name = $2 OR creator = $2)
       AND ($4::text IS NULL OR name COLLATE "C" > $4) ORDER BY name COLLATE "C" LIMIT 1000`,
    [actor.tenantId, actor.subject, holds(actor, 'user:all'), after ?? null],
  );
  return rows.map(toView);
}

export interface UserWish {
  readonly name: string;
  /** Null takes the password away; undefined leaves it as it is. */
  readonly passwordHash?: string | null | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** @throws MeshError FORBIDDEN, NOT_FOUND for a role, CONFLICT for a name taken in another tenant or by a role */
export async function putUserRow(
  tx: Sql,
  actor: Principal,
  { name, passwordHash, roles }: UserWish,
): Promise<{ user: UserView; created: boolean }> {
  // a key of limited scope could shed its limits through a new password and a login
  const ownPasswordOnly = name === actor.subject && roles === undefined && actor.scopes.length === 0;
  const existing = await findUser(tx, actor.tenantId, name);
  if (!ownPasswordOnly) await requireDelegation(tx, actor, roles ?? [], existing);
  if (existing === undefined && !holds(actor, 'user:all')) await refuseNameOfRole(tx, name);
  return writeUser(tx, actor, { name, passwordHash, roles }, existing);
}

async function writeUser(
  tx: Sql,
  actor: Principal,
  { name, passwordHash, roles }: UserWish,
  existing: UserRow | undefined,
): Promise<{ user: UserView; created: boolean }> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO app_user (id, tenant_id, name, password_hash, creator) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (name) DO UPDATE SET password_hash = CASE WHEN $6 THEN excluded.password_hash ELSE app_user.password_hash END
       WHERE app_user.tenant_id = excluded.tenant_id
     RETURNING id`,
    [randomUUID(), actor.tenantId, name, passwordHash ?? null, actor.subject, passwordHash !== undefined],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new MeshError('CONFLICT', `the user name ${name} is taken: choose another`);
  if (roles !== undefined) await replaceRoles(tx, id, roles);
  const user = await findUser(tx, actor.tenantId, name);
  if (user === undefined) throw new MeshError('INTERNAL', `user ${name} was not written`);
  return { user: toView(user), created: existing === undefined };
}

/**
 * Gives a user the administrators' role and no other, whatever it had. Runs inside `changeTenant`.
 *
 * @throws MeshError FORBIDDEN where there is an administrator already and the actor may do less; CONFLICT for a name taken in
 * another tenant
 */
export async function putAdministratorRow(
  tx: Sql,
  actor: Principal,
  { name, passwordHash, besides }: Omit<UserWish, 'roles'> & { readonly besides: readonly string[] },
): Promise<{ user: UserView; created: boolean }> {
  const isFirst = !(await hasAdministrator(tx, actor.tenantId));
  const existing = await findUser(tx, actor.tenantId, name);
  const permissions = isFirst
    ? await ensureAdministratorRole(tx, actor)
    : await requireAdministrator(tx, actor, existing);
  for (const role of besides) {
    await tx.query(
      'INSERT INTO role (name, tenant_id, creator, permissions) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [role, actor.tenantId, actor.subject, permissions.filter((permission) => esdPermissions.includes(permission))],
    );
  }
  return writeUser(tx, actor, { name, passwordHash, roles: [administratorRole] }, existing);
}

async function ensureAdministratorRole(tx: Sql, actor: Principal): Promise<readonly string[]> {
  const { rowCount } = await tx.query(
    `INSERT INTO role (name, tenant_id, creator, permissions) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions WHERE role.tenant_id = excluded.tenant_id`,
    [administratorRole, actor.tenantId, actor.subject, [...administratorPermissions]],
  );
  if (rowCount === 0) throw new MeshError('CONFLICT', `the role ${administratorRole} is another tenant's`);
  return administratorPermissions;
}

async function requireAdministrator(
  tx: Sql,
  actor: Principal,
  existing: UserRow | undefined,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ permissions: string[] }>(
    'SELECT permissions FROM role WHERE name = $1 AND tenant_id = $2',
    [administratorRole, actor.tenantId],
  );
  const permissions = rows[0]?.permissions;
  requireAll(actor, [...(permissions ?? administratorPermissions), ...(existing?.permissions ?? [])]);
  return permissions ?? ensureAdministratorRole(tx, actor);
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
  requireAll(
    actor,
    rows.flatMap(({ permissions }) => permissions),
    'roles',
  );
  const unknown = roles.find((role) => !rows.some(({ name }) => name === role));
  if (unknown !== undefined)
    throw new MeshError('NOT_FOUND', `there is no role ${unknown}`, { field: 'roles', details: [unknown] });
  if (existing === undefined) return;
  if (existing.creator !== actor.subject && !holds(actor, 'user:all'))
    throw new MeshError('FORBIDDEN', `the user ${existing.name} was made by somebody else`, { field: 'name' });
  requireAll(actor, existing.permissions, 'name');
}

/** Access lists name roles and users alike: a user called as a role would see all that is open to the role. */
async function refuseNameOfRole(tx: Sql, name: string): Promise<void> {
  const { rowCount } = await tx.query('SELECT 1 FROM role WHERE name = $1', [name]);
  if (rowCount > 0)
    throw new MeshError('CONFLICT', `${name} is the name of a role: choose another, or ask a holder of user:all`, {
      field: 'name',
    });
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
