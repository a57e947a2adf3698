import { listWebhookDeliveries } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { possibleIds } from '../inferences/inference-id.js';
import { readPageKey, toPageKey } from '../page.js';
import { notificationView, toNotification } from './notification-view.js';

const query = z.object({
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  exclusive_start_key: z.string().max(1000).optional(),
});

const notifications = z
  .object({ notifications: z.array(notificationView), last_evaluated_key: z.string().nullable() })
  .meta({ id: 'Notifications' });

/** Ours. The log of webhooks, that of the newest job first. */
export function listNotificationsRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'GET',
    path: '/notifications',
    operationId: 'ListNotifications',
    summary: 'The webhooks of the caller’s jobs: attempts, last status and error, and when the next attempt comes.',
    permission: 'inference:list',
    query,
    answers: { 200: functionBody(200, notifications) },
    handler: async (request) => {
      const { limit, exclusive_start_key: start } = request.query;
      const access = jobAccessOf(actorOf(request.caller));
      const wanted = { access, limit, ...(start === undefined ? {} : { cursor: startOf(start) }) };
      const { deliveries, nextCursor } = await callService(parts.jobQueue, listWebhookDeliveries, wanted, request);
      return functionAnswer(200, {
        notifications: deliveries.map(toNotification),
        last_evaluated_key: nextCursor === null ? null : toPageKey(nextCursor),
      });
    },
  });
}

function startOf(key: string): string {
  const [id] = possibleIds([readPageKey(key)]);
  if (id === undefined)
    throw new MeshError('BAD_REQUEST', 'exclusive_start_key is none that a list has given', {
      field: 'exclusive_start_key',
    });
  return id;
}
