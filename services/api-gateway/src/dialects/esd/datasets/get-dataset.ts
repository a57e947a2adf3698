import { getDataset } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { isSeenBy, notOpen } from './dataset-access.js';
import { nameInPath } from './dataset-name.js';
import { datasetView, toDataset } from './dataset-view.js';
import { requireTraining } from './train-permission.js';

const file = z.looseObject({
  key: z.string(),
  name: z.string(),
  type: z.string(),
  preview_url: z.string(),
  dataStatus: z.string(),
});

const wholeDataset = z.object({ ...datasetView.shape, dataset_name: z.string(), data: z.array(file) });

/** Dossier 11. */
export function getDatasetRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/datasets/:name',
    operationId: 'GetDataset',
    summary: 'A dataset with URLs of its files. Needs train:list.',
    permission: 'any key',
    answers: { 200: functionBody(200, wholeDataset) },
    errors: ['FORBIDDEN', 'NOT_FOUND', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      requireTraining(actor, 'list', rules);
      const name = nameInPath(request);
      const wanted = { tenantId: actor.tenantId, name };
      const { dataset, files } = await callService(parts.jobQueue, getDataset, wanted, request);
      if (!isSeenBy(actor, dataset)) throw notOpen();
      return functionAnswer(200, {
        ...toDataset(dataset, parts.settings.bucket),
        dataset_name: name,
        data: files.map(({ filename, name: title, type, url, params }) => ({
          ...params,
          key: filename,
          name: title,
          type,
          preview_url: url,
          dataStatus: 'Enabled',
        })),
      });
    },
  });
}
