import { deleteCheckpoints } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accessOf } from './checkpoint-access.js';
import { isCheckpointId } from './checkpoint-id.js';

const body = z.object({ checkpoint_id_list: z.array(z.string().min(1).max(200)).min(1).max(100) });

/** Dossier 6.5. Unknown ids are passed over; one of another owner keeps all from being deleted. */
export function deleteCheckpointsRoute({ jobQueue }: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/checkpoints',
    operationId: 'DeleteCheckpoints',
    summary: 'Deletes records and files. For the owner, or with checkpoint:all.',
    permission: 'checkpoint:create',
    body,
    answers: { 204: emptyDocs(messageBody(204)) },
    handler: async (request) => {
      const ids = [...new Set(request.body.checkpoint_id_list.filter(isCheckpointId))];
      if (ids.length > 0)
        await callService(jobQueue, deleteCheckpoints, { access: accessOf(actorOf(request.caller)), ids }, request);
      return emptyAnswer(204);
    },
  });
}
