import { createCheckpoint, importCheckpoints, maxCheckpointParts, maxFolderFiles } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { functionAnswer, functionBody, messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';
import { rulesOf } from '../version-rules.js';
import { accessOf, checkpointCreator } from './checkpoint-access.js';
import { checkpointType } from './checkpoint-type.js';
import { changedCheckpoint, toChangedCheckpoint } from './checkpoint-view.js';
import { partUrls } from './part-urls.js';

const mostFiles = 20;
const mostBodyBytes = 256 * 1024;
/** Params travel with the record in every list. */
const mostParamsBytes = 8_192;

const name = z.string().min(1).max(200);

const createCheckpointBody = z
  .object({
    checkpoint_type: checkpointType,
    filenames: z
      .array(z.object({ filename: name, parts_number: z.number().int().min(1).max(maxCheckpointParts) }))
      .min(1)
      .max(maxFolderFiles)
      .optional(),
    urls: z.array(z.string().min(1).max(2000)).min(1).max(20).optional(),
    params: z
      .looseObject({ message: z.string().optional(), creator: accountName.optional() })
      .refine((params) => JSON.stringify(params).length <= mostParamsBytes, `is longer than ${mostParamsBytes} bytes`)
      .default({}),
    /** Ours: the files are one folder of this name; a single `.zip` or `.tar` is unpacked. */
    folder_name: name.optional(),
  })
  .superRefine(({ filenames, folder_name: folder }, context) => {
    if (folder !== undefined || filenames === undefined || filenames.length <= mostFiles) return;
    const fault = { code: 'too_big', origin: 'array', maximum: mostFiles, inclusive: true } as const;
    context.addIssue({ ...fault, path: ['filenames'], input: filenames });
  });

type CreateBody = z.output<typeof createCheckpointBody>;

const announced = z.object({ checkpoint: changedCheckpoint, s3PresignUrl: z.record(z.string(), z.array(z.string())) });

/** Dossier 6.1 and 6.2: announces an upload and hands out the URLs of its parts, or begins imports. */
export function createCheckpointRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'POST',
    path: '/checkpoints',
    operationId: 'CreateCheckpoint',
    summary: 'Announces an upload in parts, or imports from URLs. The acting user needs checkpoint:create.',
    permission: 'any key',
    bodyBytes: mostBodyBytes,
    body: createCheckpointBody,
    answers: { 201: functionBody(201, announced), 202: messageBody(202) },
    errors: ['FORBIDDEN', 'CONFLICT', 'OUTBOUND_REFUSED', 'STORAGE_UNAVAILABLE'],
    handler: async (request) => {
      const { body, caller } = request;
      parts.admission.admit(caller.keyId);
      const actor = await checkpointCreator(parts, caller, body.params.creator);
      const access = accessOf(actor);
      const wanted = {
        access,
        type: body.checkpoint_type,
        allowed: actor.roles,
        params: jsonOf(body.params),
        ...(body.folder_name === undefined ? {} : { folder: body.folder_name }),
      };
      if (body.urls !== undefined) {
        await callService(parts.jobQueue, importCheckpoints, { ...wanted, urls: body.urls }, request);
        return functionAnswer(202, undefined, 'Checkpoint creation in progress, please check later');
      }
      const files = filesOf(body);
      const { checkpoint } = await callService(parts.jobQueue, createCheckpoint, { ...wanted, files }, request);
      request.note({ checkpointId: checkpoint.id });
      return functionAnswer(201, {
        checkpoint: toChangedCheckpoint(checkpoint, rules),
        s3PresignUrl: await signed(parts, { access, id: checkpoint.id }, files, request),
      });
    },
  });
}

function filesOf({ filenames }: CreateBody): { path: string; partCount: number }[] {
  if (filenames === undefined)
    throw new MeshError('BAD_REQUEST', 'no checkpoint name (file names) detected', { field: 'filenames' });
  return filenames.map(({ filename, parts_number: partCount }) => ({ path: filename, partCount }));
}

/** By the names that the client sent; the store keeps them trimmed. */
async function signed(
  { jobQueue }: EsdParts,
  target: Parameters<typeof partUrls>[1],
  files: readonly { path: string; partCount: number }[],
  scope: CallScope,
): Promise<Record<string, string[]>> {
  const trimmed = files.map(({ path, partCount }) => ({ path: path.trim(), partCount }));
  const urls = await partUrls(jobQueue, target, trimmed, scope);
  return Object.fromEntries(files.map(({ path }) => [path, urls[path.trim()] ?? []]));
}

/** What came as JSON is JSON; the schema's extra keys have lost that type. */
function jsonOf(params: CreateBody['params']): Record<string, never> {
  return JSON.parse(JSON.stringify(params)) as Record<string, never>;
}
