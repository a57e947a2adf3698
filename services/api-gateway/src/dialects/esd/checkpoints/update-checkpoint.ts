import {
  completeCheckpointFiles,
  getCheckpoint,
  renameCheckpoint,
  setCheckpointStatus,
  type CheckpointAccess,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody, messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { rulesOf } from '../version-rules.js';
import { accessOf } from './checkpoint-access.js';
import { checkpointId } from './checkpoint-id.js';
import { findStatus, toStatusWord } from './checkpoint-status.js';
import { changedCheckpoint, toChangedCheckpoint } from './checkpoint-view.js';
import { slices } from './part-urls.js';

const mostBodyBytes = 1024 * 1024;

const uploadedPart = z.object({
  ETag: z.string().min(1).max(200),
  PartNumber: z.union([z.number().int(), z.string().regex(/^\d{1,5}$/u)]).transform(Number),
});

const updateCheckpointBody = z.object({
  status: z.string().min(1).max(100).optional(),
  name: z
    .string()
    .min(1)
    .max(20)
    .regex(/^[A-Za-z][A-Za-z0-9_-]*$/u)
    .optional(),
  multi_parts_tags: z.record(z.string(), z.array(uploadedPart).max(100)).optional(),
});

type UpdateBody = z.output<typeof updateCheckpointBody>;
type Tags = NonNullable<UpdateBody['multi_parts_tags']>;

const updated = z.union([
  // at the top level too, as the public document shows it
  functionBody(200, z.object({ checkpoint: changedCheckpoint })).extend({ checkpoint: changedCheckpoint }),
  messageBody(200),
]);

interface Target {
  readonly access: CheckpointAccess;
  readonly id: string;
}

/** Dossier 6.3: puts uploaded parts together and sets the status, or renames. */
export function updateCheckpointRoute(parts: EsdParts): Route<EsdCaller> {
  const { jobQueue } = parts;
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'PUT',
    path: '/checkpoints/:id',
    operationId: 'UpdateCheckpoint',
    summary: 'Ends an upload and sets the status, or renames. For the owner, or with checkpoint:all.',
    permission: 'checkpoint:create',
    bodyBytes: mostBodyBytes,
    body: updateCheckpointBody,
    answers: { 200: updated, 202: messageBody(202) },
    errors: ['NOT_FOUND', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const { status, name, multi_parts_tags: tags } = request.body;
      const target = { access: accessOf(actorOf(request.caller)), id: checkpointId(request) };
      request.note({ checkpointId: target.id });
      const { checkpoint: before } = await callService(jobQueue, getCheckpoint, target, request);
      if (status !== undefined) {
        const checkpoint = await setStatus(parts, target, status, tags ?? {}, request);
        // the status that it had, as ESD answers
        const shown = toChangedCheckpoint(checkpoint, rules, toStatusWord(before.status));
        const answer = functionAnswer(200, { checkpoint: shown });
        return { ...answer, body: { ...answer.body, value: { ...answer.body.value, checkpoint: shown } } };
      }
      if (name === undefined) return functionAnswer(200, undefined);
      const { outcome } = await callService(jobQueue, renameCheckpoint, { ...target, name }, request);
      return outcome === 'started'
        ? functionAnswer(202, undefined, 'rename is processing, please wait')
        : functionAnswer(200, undefined, 'no need to update');
    },
  });
}

async function setStatus(
  { jobQueue }: EsdParts,
  target: Target,
  word: string,
  tags: Tags,
  scope: CallScope,
): Promise<z.output<typeof setCheckpointStatus.response>['checkpoint']> {
  const files = Object.entries(tags);
  if (files.length === 0)
    throw new MeshError('BAD_REQUEST', 'multi parts tags is empty', { field: 'multi_parts_tags' });
  const status = findStatus(word);
  if (status !== 'active' && status !== 'disabled')
    throw new MeshError('BAD_REQUEST', `'${word}' is not a status that can be set: use Active or Disabled`, {
      field: 'status',
    });
  for (const slice of slices(files.flatMap(toCompletion), completedAtOnce))
    await callService(jobQueue, completeCheckpointFiles, { ...target, files: slice }, scope);
  const { checkpoint } = await callService(jobQueue, setCheckpointStatus, { ...target, status }, scope);
  return checkpoint;
}

/** So many files, each with all of its parts, fit one call. */
const completedAtOnce = 5;

/** A name that no checkpoint can have is one that it does not know. */
function toCompletion([path, parts]: [string, Tags[string]]): {
  path: string;
  parts: { partNumber: number; etag: string }[];
}[] {
  if (path === '' || path.length > 200) return [];
  return [{ path, parts: parts.map(({ ETag: etag, PartNumber: partNumber }) => ({ partNumber, etag })) }];
}
