import { z } from 'zod';
import { defineCall } from './call-contract.js';
import { jobAccess } from './jobs.js';

/** What a job's owner is told of one delivery: the log keeps its last attempt. */
export const webhookDelivery = z.object({
  jobId: z.uuid(),
  url: z.string(),
  /** `pending` until a 2xx came, or no attempt is left. */
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.number().int().nonnegative(),
  /** The last status the receiver answered; null when it did not answer. */
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  attemptedAt: z.iso.datetime().nullable(),
  /** Of the next attempt; null when there is none. */
  nextAt: z.iso.datetime().nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

/** A fresh secret for the webhooks of one user. The one before signs as well for another day. */
export const createWebhookSecret = defineCall({
  name: 'webhooks.secret',
  queue: 'dispatcher',
  version: 1,
  request: z.object({ tenantId: z.string().min(1).max(200), owner: z.string().min(1).max(200) }),
  /** `whsec_` and base64, sealed with the installation's pepper. */
  response: z.object({ sealedSecret: z.string().min(1).max(4096) }),
});

/** Of users that are no more. Unknown ones are passed over. */
export const forgetWebhookSecrets = defineCall({
  name: 'webhooks.forget',
  queue: 'dispatcher',
  version: 1,
  request: z.object({ tenantId: z.string().min(1).max(200), owners: z.array(z.string().min(1).max(200)).max(100) }),
  response: z.object({}),
});

/** By job, the newest first. */
export const listWebhookDeliveries = defineCall({
  name: 'webhooks.list',
  queue: 'dispatcher',
  version: 1,
  request: z.object({
    access: jobAccess,
    limit: z.number().int().min(1).max(100).default(20),
    /** The job of the last delivery of the page before. */
    cursor: z.uuid().optional(),
  }),
  response: z.object({ deliveries: z.array(webhookDelivery), nextCursor: z.string().nullable() }),
});

/** Sends it again, now, with all attempts before it. @throws MeshError NOT_FOUND, also for the job of somebody else */
export const resendWebhook = defineCall({
  name: 'webhooks.resend',
  queue: 'dispatcher',
  version: 1,
  request: z.object({ access: jobAccess, jobId: z.uuid() }),
  response: z.object({ delivery: webhookDelivery }),
});
