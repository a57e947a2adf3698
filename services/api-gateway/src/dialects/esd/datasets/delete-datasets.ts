import { deleteDatasets } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { datasetAccessOf } from './dataset-access.js';
import { requireTraining } from './train-permission.js';

const body = z.object({ dataset_name_list: z.array(z.string().min(1).max(100)).min(1).max(10) });

/** Dossier 11: unknown names are passed over, and those that are not open to the user. */
export function deleteDatasetsRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/datasets',
    operationId: 'DeleteDatasets',
    summary: 'Deletes datasets and their files. Needs train:create.',
    permission: 'any key',
    body,
    answers: { 204: emptyDocs(messageBody(204)) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      requireTraining(actor, 'create', rulesOf(parts));
      const wanted = { access: datasetAccessOf(actor), names: request.body.dataset_name_list };
      await callService(parts.jobQueue, deleteDatasets, wanted, request);
      return emptyAnswer(204);
    },
  });
}
