import type { Principal } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { administratorRole } from '../bootstrap-auth.js';
import { holds, requireAll, requirePermission } from '../permissions.js';

interface RoleRow {
  readonly name: string;
  readonly tenant_id: string | null;
  readonly permissions: string[];
  readonly creator: string;
  readonly created_at: Date;
}

export interface RoleView {
  readonly name: string;
  readonly permissions: string[];
  readonly creator: string;
  readonly createdAt: string;
}

const columns = 'name, tenant_id, permissions, creator, created_at';

function toView({ name, permissions, creator, created_at }: RoleRow): RoleView {
  return { name, permissions, creator, createdAt: created_at.toISOString() };
}

/** In order of names: with `role:all` all of the tenant, else those that the actor made or has. @throws MeshError FORBIDDEN */
export async function listRoleViews(db: Sql, actor: Principal, after?: string): Promise<RoleView[]> {
  requirePermission(actor, 'role:list');
  const { rows } = await db.query<RoleRow>(
    `SELECT ${columns} FROM role WHERE (tenant_id IS NULL OR tenant_id = $1) AND ($2::boolean OR creator = $3 OR name = ANY($4::text[]))
       AND ($5::text IS NULL OR name COLLATE "C" > $5) ORDER BY name COLLATE "C" LIMIT 1000`,
    [actor.tenantId, holds(actor, 'role:all'), actor.subject, actor.roles, after ?? null],
  );
  return rows.map(toView);
}

/**
 * Makes a role, or changes what it permits to everybody who has it. Runs inside `changeTenant`.
 *
 * @throws MeshError FORBIDDEN, also when the role permits, or did permit, what the actor does not hold, or is another's and the
 * actor has no `role:all`; CONFLICT for a name taken in another tenant or by a user
 */
export async function putRoleRow(
  tx: Sql,
  actor: Principal,
  { name, permissions }: { name: string; permissions: readonly string[] },
): Promise<{ role: RoleView; created: boolean }> {
  requirePermission(actor, 'role:create');
  const existing = await tx.query<RoleRow>(`SELECT ${columns} FROM role WHERE name = $1 AND tenant_id = $2`, [
    name,
    actor.tenantId,
  ]);
  for (const { creator, permissions: permitted } of existing.rows) {
    if (creator !== actor.subject && !holds(actor, 'role:all'))
      throw new MeshError('FORBIDDEN', `the role ${name} was made by somebody else`, { field: 'name' });
    requireAll(actor, permitted, 'name');
  }
  requireAll(actor, permissions, 'permissions');
  if (existing.rowCount === 0 && !holds(actor, 'role:all')) await refuseNameOfUser(tx, name);
  const { rows } = await tx.query<RoleRow>(
    `INSERT INTO role (name, tenant_id, creator, permissions) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions, creator = excluded.creator WHERE role.tenant_id = excluded.tenant_id
     RETURNING ${columns}`,
    [name, actor.tenantId, actor.subject, [...new Set(permissions)]],
  );
  const role = rows[0];
  if (role === undefined) throw new MeshError('CONFLICT', `the role name ${name} is taken: choose another`);
  return { role: toView(role), created: existing.rowCount === 0 };
}

/** Access lists name roles and users alike: a role called as a user would give all that is open to the user. */
async function refuseNameOfUser(tx: Sql, name: string): Promise<void> {
  const { rowCount } = await tx.query('SELECT 1 FROM app_user WHERE name = $1', [name]);
  if (rowCount > 0)
    throw new MeshError('CONFLICT', `${name} is the name of a user: choose another, or ask a holder of role:all`, {
      field: 'name',
    });
}

/**
 * Takes the roles away from everybody who has them. Unknown names are left out of the answer. Runs inside `changeTenant`.
 *
 * @throws MeshError FORBIDDEN, also for a role that permits what the actor does not hold; CONFLICT for the administrators' role
 */
export async function deleteRoleRows(tx: Sql, actor: Principal, names: readonly string[]): Promise<string[]> {
  requirePermission(actor, 'role:delete');
  if (names.includes(administratorRole)) throw new MeshError('CONFLICT', 'cannot delete default role');
  const { rows } = await tx.query<RoleRow>(
    `DELETE FROM role WHERE name = ANY($1::text[]) AND tenant_id = $2 RETURNING ${columns}`,
    [names, actor.tenantId],
  );
  requireAll(
    actor,
    rows.flatMap((role) => role.permissions),
    'names',
  );
  return rows.map(({ name }) => name);
}
