import { resendWebhook } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { inferenceId } from '../inferences/inference-id.js';
import { notificationView, toNotification } from './notification-view.js';

/** Ours. */
export function resendNotificationRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'PUT',
    path: '/notifications/:id/resend',
    operationId: 'ResendNotification',
    summary: 'Sends the webhook of an inference again, now, with all its attempts before it.',
    permission: 'inference:create',
    answers: { 202: functionBody(202, notificationView) },
    errors: ['NOT_FOUND'],
    handler: async (request) => {
      const id = inferenceId(request);
      request.note({ jobId: id });
      const wanted = { access: jobAccessOf(actorOf(request.caller)), jobId: id };
      const { delivery } = await callService(parts.jobQueue, resendWebhook, wanted, request).catch((error: unknown) => {
        throw sayingNotification(id, error);
      });
      return functionAnswer(202, toNotification(delivery));
    },
  });
}

function sayingNotification(id: string, error: unknown): unknown {
  if (!(error instanceof MeshError) || error.code !== 'NOT_FOUND') return error;
  return new MeshError('NOT_FOUND', `inference with id ${id} has no notification`, { cause: error });
}
