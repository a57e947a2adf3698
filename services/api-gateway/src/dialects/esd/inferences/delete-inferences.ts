import { deleteJobs } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf, jobAccessOf } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { possibleIds } from './inference-id.js';

const body = z.object({ inference_id_list: z.array(z.string().min(1).max(200)).min(1).max(100) });

/** Dossier 8.6: with payload and results. Unknown ids are passed over; what runs is cancelled. */
export function deleteInferencesRoute({ jobQueue }: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/inferences',
    operationId: 'DeleteInferenceJobs',
    permission: 'inference:create',
    body,
    answers: { 204: emptyDocs(messageBody(204)) },
    handler: async (request) => {
      const ids = possibleIds(request.body.inference_id_list);
      const access = jobAccessOf(actorOf(request.caller));
      if (ids.length > 0) await callService(jobQueue, deleteJobs, { access, ids }, request);
      return emptyAnswer(204);
    },
  });
}
