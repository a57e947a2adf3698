import { timingSafeEqual } from 'node:crypto';
import type { Principal } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { storedDigest } from './create-key.js';

interface KeyRow {
  readonly id: string;
  readonly digest: Buffer;
  readonly scopes: string[];
  readonly user_id: string;
  readonly user_name: string;
  readonly tenant_id: string;
  readonly weight: number;
  readonly expires_at: Date | null;
  readonly roles: string[];
  readonly permissions: string[];
}

export interface VerifiedKey {
  readonly principal: Principal;
  /** ISO 8601; null for never. */
  readonly expiresAt: string | null;
}

/** @throws MeshError UNAUTHENTICATED, with one message for every reason */
export async function verifyKeyDigest(db: Sql, travelDigest: string): Promise<VerifiedKey> {
  const digest = storedDigest(travelDigest);
  const { rows } = await db.query<KeyRow>(
    `SELECT api_key.id, api_key.digest, api_key.scopes, api_key.expires_at, app_user.id AS user_id, app_user.name AS user_name, tenant.id AS tenant_id, tenant.weight,
       coalesce((SELECT array_agg(role_name ORDER BY role_name) FROM user_role WHERE user_id = app_user.id), '{}') AS roles,
       coalesce((SELECT array_agg(DISTINCT permission) FROM user_role JOIN role ON role.name = user_role.role_name,
                 unnest(role.permissions) AS permission WHERE user_role.user_id = app_user.id), '{}') AS permissions
     FROM api_key JOIN app_user ON app_user.id = api_key.user_id JOIN tenant ON tenant.id = app_user.tenant_id
     WHERE api_key.digest = $1 AND api_key.revoked_at IS NULL AND (api_key.expires_at IS NULL OR api_key.expires_at > now())
       AND app_user.disabled_at IS NULL`,
    [digest],
  );
  const row = rows[0];
  if (row === undefined || !timingSafeEqual(row.digest, digest)) {
    throw new MeshError('UNAUTHENTICATED', 'the API key is unknown, expired or revoked');
  }
  return { principal: toPrincipal(row), expiresAt: row.expires_at?.toISOString() ?? null };
}

function toPrincipal(row: KeyRow): Principal {
  return {
    tenantId: row.tenant_id,
    userId: row.user_id,
    subject: row.user_name,
    keyId: row.id,
    roles: row.roles,
    permissions: row.permissions,
    scopes: row.scopes,
    weight: row.weight,
  };
}
