import type { Database } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { administratorRole, defaultTenant } from './bootstrap-auth.js';
import { createKeyRow, type NewKey } from './keys/create-key.js';

export interface RenewedKey extends NewKey {
  /** Whose key it is. */
  readonly user: string;
}

/**
 * A further key for an administrator of the first tenant, for whoever has lost the first one: `admin`, or, where that user is
 * gone, the oldest who may manage users. Gateways that run go on believing in revoked keys for a few seconds.
 *
 * @param options `revokeOthers` ends every other key of that user
 * @throws MeshError NOT_FOUND when nobody may manage users
 */
export async function renewAdministratorKey(
  db: Database,
  { pepper, revokeOthers }: { pepper: string; revokeOthers: boolean },
): Promise<RenewedKey> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string; name: string }>(
      `SELECT app_user.id, app_user.name FROM app_user JOIN user_role ON user_id = app_user.id JOIN role ON role.name = role_name
       WHERE app_user.tenant_id = $1 AND app_user.disabled_at IS NULL AND 'user:all' = ANY(role.permissions)
       ORDER BY role_name = $2 DESC, app_user.name = 'admin' DESC, app_user.created_at, app_user.id LIMIT 1`,
      [defaultTenant, administratorRole],
    );
    const administrator = rows[0];
    if (administrator === undefined) throw new MeshError('NOT_FOUND', 'no user holds the permission user:all');
    if (revokeOthers) {
      await tx.query('UPDATE api_key SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL', [
        administrator.id,
      ]);
    }
    const made = await createKeyRow(tx, pepper, {
      userId: administrator.id,
      name: 'new administrator key',
      scopes: [],
    });
    return { ...made, user: administrator.name };
  });
}
