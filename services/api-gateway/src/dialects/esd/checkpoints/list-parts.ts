import { listCheckpointParts } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accessOf } from './checkpoint-access.js';
import { checkpointId } from './checkpoint-id.js';
import { partUrls } from './part-urls.js';

const arrived = z.object({
  filename: z.string(),
  parts_number: z.number().int(),
  parts: z.array(z.object({ PartNumber: z.number().int(), ETag: z.string(), Size: z.number().int() })),
  s3PresignUrl: z.array(z.string()),
});

/** Ours: what of an upload has arrived, and fresh URLs, so that a client can go on with it. */
export function listPartsRoute({ jobQueue }: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'GET',
    path: '/checkpoints/:id/parts',
    operationId: 'ListCheckpointParts',
    summary: 'The parts of one file that have arrived, and fresh URLs of all of them.',
    permission: 'checkpoint:create',
    query: z.object({ filename: z.string().min(1).max(200) }),
    answers: { 200: functionBody(200, arrived) },
    errors: ['NOT_FOUND', 'CONFLICT', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const target = { access: accessOf(actorOf(request.caller)), id: checkpointId(request) };
      const path = request.query.filename.trim();
      const { parts, partCount } = await callService(jobQueue, listCheckpointParts, { ...target, path }, request);
      const urls = await partUrls(jobQueue, target, [{ path, partCount }], request);
      return functionAnswer(200, {
        filename: path,
        parts_number: partCount,
        parts: parts.map((part) => ({ PartNumber: part.partNumber, ETag: part.etag, Size: part.sizeBytes })),
        s3PresignUrl: urls[path] ?? [],
      });
    },
  });
}
