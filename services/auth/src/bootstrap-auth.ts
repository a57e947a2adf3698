import { randomUUID } from 'node:crypto';
import type { Database } from '@infermesh/database';
import { createKeyRow, type NewKey } from './keys/create-key.js';

/** The tenant of an installation that has only one. */
export const defaultTenant = 'default';

/** The role that can do everything; it can never be deleted. */
export const administratorRole = 'IT Operator';

/** What an administrator of ESD may do. */
export const esdPermissions: readonly string[] = [
  'train:all',
  'checkpoint:all',
  'inference:all',
  'sagemaker_endpoint:all',
  'user:all',
  'role:all',
];

/** Everything there is to do. */
export const administratorPermissions: readonly string[] = [...esdPermissions, 'key:all', 'user:act-as'];

/**
 * Makes the first tenant, role and administrator, with one key. Does nothing once there is a user; of two processes that
 * start at once, one does it.
 *
 * @returns the administrator's key, this once
 */
export async function bootstrapAuth(db: Database, { pepper }: { pepper: string }): Promise<NewKey | undefined> {
  return db.transaction(async (tx) => {
    await tx.query('INSERT INTO tenant (id, name) VALUES ($1, $1) ON CONFLICT DO NOTHING', [defaultTenant]);
    await tx.query('SELECT id FROM tenant WHERE id = $1 FOR UPDATE', [defaultTenant]);
    if ((await tx.query('SELECT 1 FROM app_user LIMIT 1')).rowCount > 0) return undefined;
    await tx.query(
      'INSERT INTO role (name, tenant_id, creator, permissions) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [administratorRole, defaultTenant, 'infermesh', [...administratorPermissions]],
    );
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO app_user (id, tenant_id, name, creator) VALUES ($1, $2, 'admin', 'infermesh') RETURNING id`,
      [randomUUID(), defaultTenant],
    );
    const admin = rows[0];
    if (admin === undefined) return undefined;
    await tx.query('INSERT INTO user_role (user_id, role_name) VALUES ($1, $2)', [admin.id, administratorRole]);
    return createKeyRow(tx, pepper, { userId: admin.id, name: 'first administrator key', scopes: [] });
  });
}
