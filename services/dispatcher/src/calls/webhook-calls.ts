import { createWebhookSecret, forgetWebhookSecrets, listWebhookDeliveries, resendWebhook } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { firstThatFit, handle, type CallHandler } from '@infermesh/job-queue';
import type { Parts } from '../parts.js';
import { listDeliveries, resendDelivery } from '../records/webhook-deliveries.js';
import { deleteWebhookSecrets, putWebhookSecret } from '../records/webhook-secrets.js';
import { createSecret } from '../webhooks/webhook-signature.js';

/** The secrets of webhooks, and the log of their deliveries. */
export function webhookCalls({ db, webhooks, logger }: Parts): CallHandler[] {
  return [
    handle(createWebhookSecret, async ({ tenantId, owner }) => {
      const sealedSecret = webhooks.seal.close(createSecret());
      await putWebhookSecret(db, { tenantId, owner }, sealedSecret, webhooks.settings.secretOverlapMs);
      logger.info({ tenantId, owner }, 'webhook secret made');
      return { sealedSecret };
    }),
    handle(forgetWebhookSecrets, async ({ tenantId, owners }) => {
      await deleteWebhookSecrets(db, tenantId, owners);
      return {};
    }),
    handle(listWebhookDeliveries, async ({ access, limit, cursor }) => {
      const found = await listDeliveries(db, { access, limit, cursor });
      const deliveries = firstThatFit(found);
      const isWhole = found.length < limit && deliveries.length === found.length;
      return { deliveries, nextCursor: isWhole ? null : (deliveries.at(-1)?.jobId ?? null) };
    }),
    handle(resendWebhook, async ({ access, jobId }) => {
      const delivery = await resendDelivery(db, access, jobId);
      if (delivery === undefined) throw new MeshError('NOT_FOUND', `no webhook of job ${jobId} in the log`);
      return { delivery };
    }),
  ];
}
