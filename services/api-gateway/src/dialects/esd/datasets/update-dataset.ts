import { setDatasetStatus, type DatasetView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { datasetAccessOf, notOpen } from './dataset-access.js';
import { nameInPath } from './dataset-name.js';
import { statusWords } from './dataset-view.js';
import { requireTraining } from './train-permission.js';

const states: Record<'Initialed' | 'Enabled' | 'Disabled', DatasetView['status']> = {
  Initialed: 'initial',
  Enabled: 'enabled',
  Disabled: 'disabled',
};

const body = z.object({ status: z.enum(['Initialed', 'Enabled', 'Disabled']) });

/** Dossier 11. */
export function updateDatasetRoute(parts: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'PUT',
    path: '/datasets/:name',
    operationId: 'UpdateDataset',
    summary: 'Says that the files are there, or that a dataset is not to be used. Needs train:create.',
    permission: 'any key',
    body,
    answers: { 200: functionBody(200, z.object({ datasetName: z.string(), status: z.string() })) },
    errors: ['FORBIDDEN', 'NOT_FOUND'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      requireTraining(actor, 'create', rulesOf(parts));
      const name = nameInPath(request);
      const wanted = { access: datasetAccessOf(actor), name, status: states[request.body.status] };
      const { dataset } = await callService(parts.jobQueue, setDatasetStatus, wanted, request).catch(
        (error: unknown) => {
          throw inWords(error);
        },
      );
      return functionAnswer(200, { datasetName: name, status: statusWords[dataset.status] });
    },
  });
}

function inWords(error: unknown): unknown {
  return error instanceof MeshError && error.code === 'FORBIDDEN' ? notOpen(error) : error;
}
