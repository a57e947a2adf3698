import type { Database, Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';

/**
 * Changes users and roles of a tenant, one change at a time, and refuses the one after which nobody could undo it.
 *
 * @throws MeshError CONFLICT when no user with `user:all` would be left
 */
export async function changeTenant<T>(
  database: Database,
  tenantId: string,
  change: (tx: Sql) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (tx) => {
    // two changes at once could each rely on the administrator that the other removes
    await tx.query('select id from tenant where id = $1 for update', [tenantId]);
    const hadOne = await hasAdministrator(tx, tenantId);
    const result = await change(tx);
    if (hadOne && !(await hasAdministrator(tx, tenantId))) {
      throw new MeshError('CONFLICT', 'somebody must keep the permission user:all');
    }
    return result;
  });
}

/** Whether somebody of the tenant may manage its users. */
export async function hasAdministrator(sql: Sql, tenantId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select 1 from app_user u join user_role on user_id = u.id join role on role.name = role_name
     where u.tenant_id = $1 and u.disabled_at is null and 'user:all' = any(role.permissions) limit 1`,
    [tenantId],
  );
  return rowCount > 0;
}
