import { listDatasets, type DatasetView, type Principal } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { isSeenBy } from './dataset-access.js';
import { datasetView, toDataset } from './dataset-view.js';
import { requireTraining } from './train-permission.js';

/** Dossier 11: those that are open to the user; with `user:all` all. */
export function listDatasetsRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/datasets',
    operationId: 'ListDatasets',
    summary: 'Datasets that are open to the user. Needs train:list.',
    permission: 'any key',
    answers: { 200: functionBody(200, z.object({ datasets: z.array(datasetView) })) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      requireTraining(actor, 'list', rules);
      const shown = (await everyDataset(parts, actor, request)).filter((dataset) => isSeenBy(actor, dataset));
      return functionAnswer(200, { datasets: shown.map((dataset) => toDataset(dataset, parts.settings.bucket)) });
    },
  });
}

async function everyDataset({ jobQueue }: EsdParts, { tenantId }: Principal, scope: CallScope): Promise<DatasetView[]> {
  const all: DatasetView[] = [];
  for (;;) {
    const { datasets, isLast } = await callService(jobQueue, listDatasets, { tenantId, after: all.at(-1)?.id }, scope);
    all.push(...datasets);
    if (isLast || datasets.length === 0) return all;
  }
}
