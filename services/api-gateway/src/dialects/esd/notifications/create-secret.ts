import { createWebhookSecret } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';

const createdSecret = z.object({ secret: z.string() }).meta({ id: 'NotificationSecret' });

/** Ours. The only answer that shows the secret. */
export function createSecretRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'POST',
    path: '/notifications/secret',
    operationId: 'CreateNotificationSecret',
    summary: 'A fresh secret that signs the webhooks of the caller’s jobs. The one before signs as well for 24 h.',
    permission: 'inference:create',
    answers: { 201: functionBody(201, createdSecret) },
    handler: async (request) => {
      const { tenantId, subject: owner } = actorOf(request.caller);
      const { sealedSecret } = await callService(parts.jobQueue, createWebhookSecret, { tenantId, owner }, request);
      return functionAnswer(201, { secret: new Seal(parts.pepper).open(sealedSecret) });
    },
  });
}
