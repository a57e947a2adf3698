import type { Sql } from '@infermesh/database';
import { rowsOf } from './rows.js';

export interface WebhookOwner {
  readonly tenantId: string;
  readonly owner: string;
}

/** Replaces the owner's secret; the one before stays good for `overlapMs`. */
export async function putWebhookSecret(
  db: Sql,
  { tenantId, owner }: WebhookOwner,
  sealed: string,
  overlapMs: number,
): Promise<void> {
  await db.prepared(
    `INSERT INTO webhook_secret (tenant_id, owner, sealed) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, owner) DO UPDATE SET sealed = excluded.sealed, created_at = now(),
       previous_sealed = webhook_secret.sealed, previous_until = now() + $4 * interval '1 millisecond'`,
    [tenantId, owner, sealed, overlapMs],
  );
}

export async function deleteWebhookSecrets(db: Sql, tenantId: string, owners: readonly string[]): Promise<void> {
  await db.query('DELETE FROM webhook_secret WHERE tenant_id = $1 AND owner = ANY ($2::text[])', [tenantId, owners]);
}

/** The sealed secrets that sign now, the newest first; empty for an owner without any. */
export async function listWebhookSecrets(db: Sql, { tenantId, owner }: WebhookOwner): Promise<string[]> {
  const [row] = await rowsOf<{ sealed: string; previous: string | null }>(
    db,
    `SELECT sealed, CASE WHEN previous_until > now() THEN previous_sealed END AS previous FROM webhook_secret
     WHERE tenant_id = $1 AND owner = $2`,
    [tenantId, owner],
  );
  if (row === undefined) return [];
  return row.previous === null ? [row.sealed] : [row.sealed, row.previous];
}
