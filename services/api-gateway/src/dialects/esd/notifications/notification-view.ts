import type { WebhookDelivery } from '@infermesh/contracts';
import { z } from 'zod';

export const notificationView = z
  .object({
    InferenceJobId: z.string(),
    notification_url: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    /** What the receiver answered last. */
    status: z.number().int().nullable(),
    error: z.string().nullable(),
    createTime: z.iso.datetime(),
    attemptTime: z.iso.datetime().nullable(),
    /** Of the next attempt. */
    nextTime: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Notification' });

export function toNotification(delivery: WebhookDelivery): z.input<typeof notificationView> {
  return {
    InferenceJobId: delivery.jobId,
    notification_url: delivery.url,
    state: delivery.state,
    attempts: delivery.attempts,
    status: delivery.status,
    error: delivery.error,
    createTime: delivery.createdAt,
    attemptTime: delivery.attemptedAt,
    nextTime: delivery.nextAt,
  };
}
