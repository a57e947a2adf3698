import { createDataset } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { creatorField, creatorOf } from '../creator.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf, type VersionRules } from '../version-rules.js';
import { datasetName } from './dataset-name.js';
import { requireTraining } from './train-permission.js';

const file = z.object({
  filename: z.string().min(1).max(200),
  name: z.string().max(200).default(''),
  type: z.string().max(100).default(''),
  params: z.record(z.string(), z.json()).default({}),
});

function createDatasetBody(rules: VersionRules) {
  return z.object({
    dataset_name: datasetName,
    content: z.array(file).min(1).max(100),
    creator: creatorField(rules),
    params: z.looseObject({ description: z.string().max(2_000).optional() }).optional(),
  });
}

const createdDataset = z.object({ datasetName: z.string(), s3PresignUrl: z.record(z.string(), z.string()) });

/** Dossier 11. */
export function createDatasetRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'POST',
    path: '/datasets',
    operationId: 'CreateDataset',
    summary: 'Makes a dataset and the URLs its files are uploaded to. Needs train:create.',
    permission: 'any key',
    body: createDatasetBody(rules),
    answers: { 201: functionBody(201, createdDataset) },
    errors: ['FORBIDDEN', 'CONFLICT', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const { dataset_name: name, content: files, creator, params } = request.body;
      const actor = await creatorOf(parts, request.caller, creator);
      requireTraining(actor, 'create', rules);
      const { tenantId, subject: owner, roles } = actor;
      const wanted = {
        tenantId,
        name,
        owner,
        allowedRoles: roles.slice(0, 100),
        files,
        description: params?.description,
      };
      const { uploads } = await callService(parts.jobQueue, createDataset, wanted, request);
      const s3PresignUrl = Object.fromEntries(uploads.map(({ filename, url }) => [filename, url]));
      return functionAnswer(201, { datasetName: name, s3PresignUrl });
    },
  });
}
