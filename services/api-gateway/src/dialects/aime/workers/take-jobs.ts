import type { JobEndpoint } from '@infermesh/aime-endpoints';
import { endpointQueue, performJob, runJob } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Lease } from '@infermesh/job-queue';
import type { AimeParts } from '../aime-parts.js';
import type { JobType } from '../endpoints/endpoint-catalogue.js';
import { leaseMsOf } from '../endpoints/job-spans.js';
import { externalEndpointId } from '../endpoints/queue-name.js';
import { attachedInputs, payloadName, recordInputs, type JobData } from '../jobs/job-inputs.js';
import { getObject } from '../object-transfer.js';
import type { ExternalWorker, HeldJob } from './external-claims.js';

/** A job on its way to an external worker. */
export interface HandedJob {
  /** The worker's id of it. */
  readonly jobId: string;
  readonly endpoint: JobEndpoint;
  readonly data: JobData;
  readonly submittedAtMs: number;
  readonly startedAtMs: number;
  /** Puts it back to the head of its queue. */
  giveBack(): Promise<void>;
}

export interface TakeRequest {
  readonly jobType: JobType;
  readonly workerName: string;
  readonly max: number;
  /** Epoch milliseconds. */
  readonly untilMs: number;
  /** Its abort ends the wait; what was taken is still returned. */
  readonly signal: AbortSignal;
}

/** The time to make a claim of a lease, within which nobody else gets the job. */
const handoverMs = 30_000;

/** Waits for jobs of a type. An empty list when none came in time. */
export async function takeJobs(parts: AimeParts, request: TakeRequest): Promise<readonly HandedJob[]> {
  const { jobType, max, untilMs, signal } = request;
  const queue = endpointQueue(externalEndpointId(jobType.name));
  while (!isAborted(signal)) {
    const waitMs = untilMs - Date.now();
    if (waitMs <= 0) break;
    const leases = await parts.jobQueue.take(queue, [runJob, performJob], { max, waitMs, leaseMs: handoverMs, signal });
    if (leases.length === 0) break;
    const room = new BatchRoom();
    const handed = await Promise.all(leases.map((lease) => handOver(parts, request, lease, room)));
    const jobs = handed.filter((job) => job !== undefined);
    if (jobs.length > 0) return jobs;
  }
  return [];
}

/** How much of the data of jobs goes into one answer: a job that is larger comes alone. */
const maxBatchBytes = 64_000_000;

/** What a batch has room for, in bytes of payloads. */
class BatchRoom {
  #takenBytes = 0;

  takes(sizeBytes: number): boolean {
    if (this.#takenBytes > 0 && this.#takenBytes + sizeBytes > maxBatchBytes) return false;
    this.#takenBytes += sizeBytes;
    return true;
  }
}

type AnyLease = Lease<typeof runJob | typeof performJob>;

/** Undefined where the job was cancelled, or has ended for want of what it needs. */
async function handOver(
  parts: AimeParts,
  request: TakeRequest,
  lease: AnyLease,
  room: BatchRoom,
): Promise<HandedJob | undefined> {
  try {
    return lease.contract.name === runJob.name
      ? await handOverRecord(parts, request, lease as Lease<typeof runJob>, room)
      : await handOverCall(parts, request, lease as Lease<typeof performJob>);
  } catch (error) {
    // Its lease ends within half a minute; then it is delivered again. Given back, it would fail as fast as it can.
    parts.logger.warn({ err: error, jobId: lease.jobId }, 'a job could not be handed to an external worker');
    return undefined;
  }
}

/** From the lease of a queue entry to the claim of its record: from here on the record says who holds the job. */
async function handOverRecord(
  parts: AimeParts,
  { jobType, workerName, signal }: TakeRequest,
  lease: Lease<typeof runJob>,
  room: BatchRoom,
): Promise<HandedJob | undefined> {
  const worker = { jobType: jobType.name, name: workerName };
  const leaseMs = leaseMsOf(jobType.first.queue);
  const claim = await parts.claims.claim(worker, lease.request, leaseMs);
  await parts.jobQueue.leases.finish(runJob, lease.token, { response: {} }).catch(ignoreStale);
  if (claim === undefined) return undefined;
  parts.jobViews.forget(claim.jobId);
  const held = { jobId: claim.jobId, epoch: claim.epoch, startedAtMs: Date.now() };
  const giveBack = async (): Promise<void> => {
    await parts.claims.commit(worker, held, { kind: 'given-back' });
  };
  const inputs = recordInputs.parse(claim.inputs);
  const endpoint = parts.catalogue.find(inputs.endpoint)?.definition;
  if (endpoint === undefined) {
    await failOrphan(parts, worker, held, inputs.endpoint);
    return undefined;
  }
  if (claim.payload !== null && !room.takes(claim.payload.maxBytes)) {
    await giveBack();
    return undefined;
  }
  try {
    const data = inputs.data ?? (await readPayload(parts, claim.payload, signal));
    const jobId = parts.ids.ofRecord({
      jobId: claim.jobId,
      tenantId: claim.tenantId,
      owner: claim.owner,
      endpoint: endpoint.name,
    });
    return { jobId, endpoint, data, submittedAtMs: inputs.submittedAtMs, startedAtMs: held.startedAtMs, giveBack };
  } catch (error) {
    parts.logger.warn({ err: error, jobId: claim.jobId }, 'the data of a job could not be read');
    await giveBack();
    return undefined;
  }
}

async function readPayload(
  { server }: AimeParts,
  payload: { readonly name: string; readonly url: string } | null,
  signal: AbortSignal,
): Promise<JobData> {
  if (payload?.name !== payloadName) throw new MeshError('PAYLOAD_MISSING', 'the job has no data');
  const text = (await getObject(payload.url, 2 * server.http.maxBodyBytes, signal)).toString();
  return recordInputs.shape.data.unwrap().parse(JSON.parse(text));
}

async function failOrphan(parts: AimeParts, worker: ExternalWorker, held: HeldJob, endpoint: string): Promise<void> {
  const message = `its endpoint ${endpoint} is no longer served`;
  await parts.claims.commit(worker, held, {
    kind: 'failed',
    code: 'ENDPOINT_NOT_FOUND',
    message,
    retryable: false,
  });
}

async function handOverCall(
  parts: AimeParts,
  { jobType }: TakeRequest,
  lease: Lease<typeof performJob>,
): Promise<HandedJob | undefined> {
  const { endpoint: name, submittedAtMs, data } = attachedInputs.parse(lease.request.inputs);
  const { leases } = parts.jobQueue;
  const endpoint = parts.catalogue.find(name)?.definition;
  if (endpoint === undefined) {
    const error = new MeshError('ENDPOINT_NOT_FOUND', `the endpoint ${name} is no longer served`);
    await leases.finish(performJob, lease.token, { error });
    return undefined;
  }
  if ((await leases.renew(lease.token, leaseMsOf(jobType.first.queue))) !== 'held') {
    const error = new MeshError('CANCELLED', 'the client has gone');
    await leases.finish(performJob, lease.token, { error }).catch(ignoreStale);
    return undefined;
  }
  const startedAtMs = Date.now();
  const ticket = { callId: lease.jobId, leaseToken: lease.token, endpoint: name, submittedAtMs, startedAtMs };
  return {
    jobId: parts.ids.ofLease(ticket),
    endpoint,
    data,
    submittedAtMs,
    startedAtMs,
    giveBack: () => leases.giveBack(lease.token).catch(ignoreStale),
  };
}

function ignoreStale(error: unknown): void {
  if (!(error instanceof MeshError) || error.code !== 'STALE_CLAIM') throw error;
}

/** A function, because the compiler takes a property it has read once for unchanging. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
