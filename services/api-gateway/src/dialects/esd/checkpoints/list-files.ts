import { getCheckpoint, listCheckpointFiles } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { accessOf } from './checkpoint-access.js';
import { checkpointId } from './checkpoint-id.js';
import { listedCheckpoint, toListedCheckpoint } from './checkpoint-view.js';

const content = z.object({
  checkpoint: listedCheckpoint,
  files: z.array(
    z.object({
      filename: z.string(),
      size: z.number().nullable(),
      sha256: z.string().nullable(),
      format: z.string().nullable(),
      url: z.string().nullable(),
    }),
  ),
  total: z.number().int(),
  /** A folder, as one tar archive. */
  archive: z.object({ size: z.number(), sha256: z.string(), url: z.string() }).nullable(),
});

/** Ours: what a checkpoint holds, with digests and URLs to read it. Files of a folder lie in its archive. */
export function listFilesRoute(parts: EsdParts): Route<EsdCaller> {
  const { jobQueue } = parts;
  return route.keyed({
    method: 'GET',
    path: '/checkpoints/:id/files',
    operationId: 'ListCheckpointFiles',
    summary: 'The files of a checkpoint with digest, format and URL, 40 at a time.',
    permission: 'checkpoint:list',
    query: z.object({ offset: z.coerce.number<string>().int().min(0).max(100_000).default(0) }),
    answers: { 200: functionBody(200, content) },
    errors: ['NOT_FOUND'],
    handler: async (request) => {
      const target = { access: accessOf(actorOf(request.caller)), id: checkpointId(request) };
      const { checkpoint } = await callService(jobQueue, getCheckpoint, target, request);
      const wish = { ...target, offset: request.query.offset };
      const { files, total, archive } = await callService(jobQueue, listCheckpointFiles, wish, request);
      return functionAnswer(200, {
        checkpoint: toListedCheckpoint(checkpoint, rulesOf(parts)),
        files: files.map((file) => ({
          filename: file.path,
          size: file.sizeBytes,
          sha256: file.sha256,
          format: file.format,
          url: file.url,
        })),
        total,
        archive: archive === null ? null : { size: archive.sizeBytes, sha256: archive.sha256, url: archive.url },
      });
    },
  });
}
