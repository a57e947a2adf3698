import type { JobEndpoint } from '@infermesh/aime-endpoints';
import { createJob, startJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { AimeParts } from '../aime-parts.js';
import type { AimeClient } from '../clients/client-gate.js';
import { spansOf } from '../endpoints/job-spans.js';
import { externalEndpointId } from '../endpoints/queue-name.js';
import { putObject } from '../object-transfer.js';
import { maxInlineDataBytes, payloadName, type JobData } from './job-inputs.js';

export interface NewJob {
  readonly endpoint: JobEndpoint;
  readonly client: AimeClient;
  readonly data: JobData;
}

/** Commits the record of a job and queues it. @returns the record's id @throws MeshError QUEUE_FULL, QUOTA_EXCEEDED, outages */
export async function createDurableJob(parts: AimeParts, job: NewJob, scope: CallScope): Promise<string> {
  if (job.endpoint.worker.runtime !== null) {
    const { tenantId, owner, keyId, weight } = job.client;
    return parts.runtimeJobs.create({ ...job, owner: { tenantId, owner, keyId, weight } }, scope);
  }
  const text = JSON.stringify(job.data);
  const isInline = Buffer.byteLength(text) <= maxInlineDataBytes;
  const record = recordOf(parts, job, scope, isInline);
  if (isInline) {
    const { job: created } = await callService(parts.jobQueue, createJob, { ...record, start: true }, scope);
    return created.id;
  }
  const bytes = Buffer.from(text);
  const payload = { name: payloadName, maxBytes: bytes.byteLength };
  const created = await callService(parts.jobQueue, createJob, { ...record, payload }, scope);
  if (created.upload === null) throw new MeshError('INTERNAL', 'a job with a payload has no place for it');
  await putObject(created.upload, bytes, scope.signal);
  const access = { tenantId: job.client.tenantId, subject: job.client.owner };
  await callService(parts.jobQueue, startJob, { access, id: created.job.id }, scope);
  return created.job.id;
}

function recordOf({ catalogue }: AimeParts, { endpoint, client, data }: NewJob, scope: CallScope, isInline: boolean) {
  const { maxQueueLength } = catalogue.queueOf(endpoint);
  const { tenantId, owner, keyId, weight } = client;
  return {
    owner: { tenantId, owner, keyId, weight },
    dialect: 'aime',
    jobType: endpoint.worker.jobType,
    endpointId: externalEndpointId(endpoint.worker.jobType),
    payload: null,
    inputs: { endpoint: endpoint.name, submittedAtMs: Date.now(), ...(isInline ? { data } : {}) },
    ...spansOf(endpoint.queue),
    maxWaiting: maxQueueLength,
    trace: scope.id,
  };
}
