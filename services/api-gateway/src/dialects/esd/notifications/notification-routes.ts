import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createSecretRoute } from './create-secret.js';
import { listNotificationsRoute } from './list-notifications.js';
import { resendNotificationRoute } from './resend-notification.js';

/** Ours: webhooks of inferences made with a `notification_url`. */
export function notificationRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [listNotificationsRoute(parts), createSecretRoute(parts), resendNotificationRoute(parts)];
}
