import { MeshError } from '@infermesh/errors';
import type { Outbound } from '@infermesh/outbound';
import type { Sql } from '@infermesh/database';
import { listWebhookSecrets, type WebhookOwner } from '../records/webhook-secrets.js';

/**
 * Tells when the job is made what would fail once it has ended. Every attempt checks the URL again.
 *
 * @throws MeshError OUTBOUND_REFUSED or OUTBOUND_FAILED for the URL; BAD_REQUEST for an owner without a secret
 */
export async function checkWebhook(
  { db, outbound }: { readonly db: Sql; readonly outbound: Outbound },
  owner: WebhookOwner,
  url: string,
): Promise<void> {
  const secrets = await listWebhookSecrets(db, owner);
  if (secrets.length === 0)
    throw new MeshError('BAD_REQUEST', `user ${owner.owner} has no webhook secret: make one first`);
  await outbound.check(url);
}
