import {
  cancelJob,
  countUnfinished,
  createJob,
  deleteJobs,
  endpointQueue,
  getJob,
  isFinal,
  listJobs,
  startJob,
  type JobAccess,
  type JobView,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { firstThatFit, handle, type CallHandler } from '@infermesh/job-queue';
import { uuidv7 } from 'uuidv7';
import type { Parts } from '../parts.js';
import { cancelJobRow } from '../records/cancel-jobs.js';
import { bindIdempotencyKey, insertJobs, type JobInsert, type NewJob } from '../records/create-jobs.js';
import { toJobView, type JobRow } from '../records/job-row.js';
import { getJobRow, listJobRows, listOutputs, type FoundJob } from '../records/read-jobs.js';
import { removeJobRows } from '../records/remove-jobs.js';
import { entryId } from '../releaser.js';
import { checkWebhook } from '../webhooks/check-webhook.js';

/** The calls that gateways make on behalf of a job's owner. */
export function clientCalls(parts: Parts): CallHandler[] {
  return [
    handle(createJob, (request) => create(parts, request)),
    handle(startJob, async ({ access, id }) => ({ job: await start(parts, access, id) })),
    handle(getJob, async ({ access, id, withUrls, withQueuePosition }) => {
      const job = await getView(parts, access, id);
      const isPlaced = withQueuePosition && job.state === 'queued';
      const queuePosition = isPlaced ? await parts.queuePositions.of(job.endpointId, id) : null;
      return { job: { ...(withUrls ? await parts.objects.withUrls(job) : job), queuePosition } };
    }),
    handle(listJobs, async ({ access, dialect, jobType, limit, cursor }) => {
      const rows = await listJobRows(parts.db, { access, dialect, jobType, limit, cursor });
      const outputs = await listOutputs(
        parts.db,
        rows.map(({ id }) => id),
      );
      const jobs = firstThatFit(rows.map((row) => toJobView(row, outputs.get(row.id))));
      const isWhole = rows.length < limit && jobs.length === rows.length;
      return { jobs, nextCursor: isWhole ? null : (jobs.at(-1)?.id ?? null) };
    }),
    handle(cancelJob, async ({ access, id }) => ({ job: await cancel(parts, access, id) })),
    handle(countUnfinished, ({ endpointIds }) =>
      Promise.resolve({ unfinished: endpointIds.map((id) => parts.backlog.unfinishedOf(id)) }),
    ),
    handle(deleteJobs, async ({ access, ids }) => ({ deleted: await remove(parts, access, ids) })),
  ];
}

/** @throws MeshError NOT_FOUND, also for a record of someone else */
async function getView({ reader }: Parts, access: JobAccess, id: string): Promise<JobView> {
  const { row, outputs } = await reader.get(access, id);
  return toJobView(row, outputs);
}

async function create(
  parts: Parts,
  job: NewJob,
): Promise<{ job: JobView; upload: { url: string; headers: Record<string, string> } | null; replayed: boolean }> {
  const { db, webhooks, objects, settings, metrics, logger } = parts;
  if (job.webhook !== undefined) await checkWebhook({ db, ...webhooks }, job.owner, job.webhook.url);
  const id = uuidv7();
  const insert: JobInsert = {
    id,
    job,
    payload: objects.payloadRecord(job.owner.tenantId, id, job.payload),
    startWithinMs: settings.startWithinMs,
  };
  const { row, outputs } = await inWaitingRoom(parts, job, () =>
    job.idempotency === undefined ? insertFresh(parts, insert) : insertOnce(parts, insert, job.idempotency),
  );
  const replayed = row.id !== id;
  if (!replayed) {
    metrics
      .counter({ name: 'mesh_jobs_created_total', help: 'Job records made', labels: ['dialect', 'job_type'] })
      .inc({
        dialect: job.dialect,
        job_type: job.jobType,
      });
    logger.info(
      {
        jobId: id,
        dialect: job.dialect,
        jobType: job.jobType,
        tenantId: job.owner.tenantId,
        endpointId: job.endpointId,
        requestId: job.trace,
      },
      'job created',
    );
    if (row.state === 'queued') announceQueued(parts, row);
    else parts.endpoints.remember(id, row.endpoint_id);
  }
  return {
    job: toJobView(row, outputs),
    upload: row.payload !== null && row.state === 'created' ? await objects.payloadPut(row.payload) : null,
    replayed,
  };
}

async function inWaitingRoom<T>(
  { waitingRooms }: Parts,
  { endpointId, maxWaiting }: NewJob,
  write: () => Promise<T>,
): Promise<T> {
  if (maxWaiting === undefined) return write();
  const written = await waitingRooms.admit(endpointId, maxWaiting);
  try {
    return await write();
  } finally {
    written();
  }
}

async function insertFresh({ backlog, records }: Parts, insert: JobInsert): Promise<FoundJob> {
  backlog.admit(insert.job.endpointId, insert.job.owner.tenantId);
  return { row: await records.insert(insert), outputs: [] };
}

async function insertOnce(
  { db, settings, backlog }: Parts,
  insert: JobInsert,
  { key, fingerprint }: { key: string; fingerprint: string },
): Promise<FoundJob> {
  return db.transaction(async (tx) => {
    const tenantId = insert.job.owner.tenantId;
    const boundTo = await bindIdempotencyKey(tx, {
      tenantId,
      owner: insert.job.owner.owner,
      key,
      fingerprint,
      jobId: insert.id,
      lifetimeMs: settings.idempotencyMs,
    });
    if (boundTo !== insert.id)
      return getJobRow(tx, { tenantId, subject: insert.job.owner.owner, anyOwner: false }, boundTo);
    backlog.admit(insert.job.endpointId, tenantId);
    const [row] = await insertJobs(tx, [insert]);
    if (row === undefined) throw new MeshError('INTERNAL', `record ${insert.id} was not written`);
    return { row, outputs: [] };
  });
}

async function start(parts: Parts, access: JobAccess, id: string): Promise<JobView> {
  const started = await parts.records.start({ access, id, endpointId: parts.endpoints.find(id) });
  if (started === undefined) return getView(parts, access, id);
  parts.endpoints.forget(id);
  announceQueued(parts, started);
  return toJobView(started);
}

function announceQueued({ pools, news, logger }: Parts, { id, endpoint_id, release }: JobRow): void {
  logger.info({ jobId: id, endpointId: endpoint_id }, 'job queued');
  news.announce(id, 'queued');
  if (release === 0) pools.findReleaser(endpoint_id)?.jobsWait();
}

async function cancel(parts: Parts, access: JobAccess, id: string): Promise<JobView> {
  const { db, settings, news, pools, logger } = parts;
  const row = await cancelJobRow(db, access, id, settings.retainMs);
  if (row === undefined) return getView(parts, access, id);
  logger.info({ jobId: id, state: row.state }, 'job cancel requested');
  if (isFinal(row.state)) news.announce(id, row.state);
  await dropEntry(parts, row);
  pools.wake(row.endpoint_id);
  return toJobView(row);
}

/** A hint only: the record is cancelled or gone already, and a claim of the entry would be refused. */
async function dropEntry(
  { jobQueue, logger }: Parts,
  { id, release, endpoint_id }: { id: string; release: number; endpoint_id: string },
): Promise<void> {
  if (release === 0) return;
  await jobQueue.cancel(endpointQueue(endpoint_id), entryId(id, release)).catch((error: unknown) => {
    logger.warn({ err: error, jobId: id }, 'queue not told of a cancel');
  });
}

async function remove(parts: Parts, access: JobAccess, ids: readonly string[]): Promise<string[]> {
  const { urlSeconds, leaseMs } = parts.settings;
  // Another dispatcher that gave the claim may give upload URLs for it until a lease has passed.
  const removed = await removeJobRows(parts.db, access, ids, urlSeconds * 1000 + leaseMs);
  for (const job of removed) {
    parts.claims.forget(job.id);
    await dropEntry(parts, job);
    parts.news.announce(job.id, 'cancelled');
    parts.pools.wake(job.endpoint_id);
    parts.logger.info({ jobId: job.id }, 'job deleted');
  }
  if (removed.length > 0) parts.sweepGarbage();
  return removed.map(({ id }) => id);
}
