import { cancelJob, type JobView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import type { AimeClient } from '../clients/client-gate.js';
import { anyObject, endpointParams, refusalAnswer } from '../endpoint-request.js';
import type { JsonFields } from './job-answer.js';

const cancelBody = z.looseObject({ job_id: z.string().max(2_000) });

type CancelRequest = Pick<DialectRequest<AimeCaller>, 'id' | 'signal' | 'caller' | 'note'> & {
  readonly params: { readonly endpoint: string };
  readonly body: z.output<typeof cancelBody>;
};

/** Ours: `POST /<endpoint>/cancel` by the key that made the job. Its worker hears of it when it next tells of its progress. */
export function cancelRoute(parts: AimeParts): Route<AimeCaller> {
  return route.keyed({
    method: 'POST',
    path: '/:endpoint/cancel',
    operationId: 'CancelJob',
    summary: 'Cancels a job of the caller. Twice is harmless.',
    access: 'key-in-body',
    permission: 'any key',
    params: endpointParams,
    body: cancelBody,
    bodyBytes: 65_536,
    answers: { 200: anyObject, 402: anyObject },
    errors: ['ENDPOINT_NOT_FOUND', 'FORBIDDEN'],
    handler: (request) => cancel(parts, request),
  });
}

async function cancel(
  parts: AimeParts,
  request: CancelRequest,
): Promise<JsonAnswer<200, JsonFields> | JsonAnswer<402, JsonFields>> {
  const { definition } = parts.catalogue.get(request.params.endpoint);
  const { job_id: jobId } = request.body;
  const ticket = parts.ids.read(jobId);
  const isKnown = ticket?.kind === 'record' && ticket.endpoint === definition.name;
  const job = isKnown ? await cancelOwn(parts, request.caller.client, ticket.jobId, request) : undefined;
  if (job === undefined) return refusalAnswer(402, definition, ['Job id is not known, or is not yours']);
  parts.jobViews.forget(job.id);
  request.note({ jobId: job.id });
  return jsonAnswer(200, {
    success: true,
    job_id: jobId,
    ep_version: definition.version,
    job_state: job.state === 'active' ? 'canceling' : job.state === 'cancelled' ? 'canceled' : 'done',
  });
}

/** Undefined for a job of somebody else: for the caller there is none. */
async function cancelOwn(
  { jobQueue }: AimeParts,
  { tenantId, owner }: AimeClient,
  id: string,
  scope: CallScope,
): Promise<JobView | undefined> {
  try {
    return (await callService(jobQueue, cancelJob, { access: { tenantId, subject: owner }, id }, scope)).job;
  } catch (error) {
    if (error instanceof MeshError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
