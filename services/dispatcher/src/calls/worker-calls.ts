import {
  claimJob,
  commitJob,
  findClaim,
  grantOutputs,
  renewClaims,
  renewUrls,
  type JobClaim,
  type JobOutcome,
} from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { handle, type CallHandler } from '@infermesh/job-queue';
import type { Parts } from '../parts.js';
import { findHeldRow, findRowHeldBy, renewClaimRows } from '../records/claim-jobs.js';
import type { ClaimedRow } from '../records/job-row.js';

/** The calls of one endpoint's workers. The queue they came by names the endpoint: they reach no other endpoint's records. */
export function workerCalls(parts: Parts, endpointId: string): CallHandler[] {
  return [
    handle(claimJob, async ({ jobId, release, workerId, leaseMs }) => {
      const row = await parts.records.claim({ id: jobId, endpointId, release, workerId, leaseMs });
      if (row === undefined) return { claim: null };
      parts.claims.remember({ jobId, endpointId, epoch: row.epoch, tenantId: row.tenant_id });
      parts.logger.info({ jobId, epoch: row.epoch, attempt: row.attempts, workerId, endpointId }, 'job claimed');
      parts.news.announce(jobId, 'active');
      return { claim: await toClaim(parts, row, leaseMs) };
    }),
    handle(findClaim, async ({ jobId, workerId }) => {
      const row = await findRowHeldBy(parts.db, endpointId, jobId, workerId);
      return { claim: row === undefined ? null : { epoch: row.epoch, startedAt: startOf(row).toISOString() } };
    }),
    handle(renewUrls, async ({ jobId, epoch }) => {
      const urls = await parts.objects.claimUrls(await getHeldRow(parts, endpointId, jobId, epoch));
      return { payloadUrl: urls.payload, checkpoints: urls.checkpoints };
    }),
    handle(grantOutputs, async ({ jobId, epoch, outputs }) => {
      const job = { tenant_id: await getHolder(parts, { endpointId, jobId, epoch }), id: jobId };
      const puts = outputs.map(async (output) => ({
        name: output.name,
        ...(await parts.objects.outputPut(parts.objects.outputKey(job, epoch, output.name), output)),
      }));
      return { puts: await Promise.all(puts) };
    }),
    handle(renewClaims, async ({ workerId, leaseMs, claims }) => {
      const held = claims.map(({ jobId, epoch, progress }) => ({ id: jobId, epoch, progress: progress ?? null }));
      const standings = await renewClaimRows(parts.db, {
        endpointId,
        workerId,
        leaseMs: leaseMs ?? parts.settings.leaseMs,
        claims: held,
      });
      for (const { id, epoch, standing } of standings) {
        if (standing === 'lost') parts.claims.forget(id);
        else parts.claims.prolong(id, epoch);
      }
      return { claims: standings.map(({ id, epoch, standing }) => ({ jobId: id, epoch, standing })) };
    }),
    handle(commitJob, async ({ jobId, epoch, outcome }) => ({
      accepted: await commit(parts, { endpointId, jobId, epoch, outcome }),
    })),
  ];
}

async function getHeldRow({ db }: Parts, endpointId: string, jobId: string, epoch: number): Promise<ClaimedRow> {
  const row = await findHeldRow(db, endpointId, jobId, epoch);
  if (row === undefined)
    throw new MeshError('STALE_CLAIM', `job ${jobId} is no longer held under epoch ${epoch}: drop it`);
  return row;
}

/**
 * The tenant of a job, for who holds it under that epoch. Mostly from memory. That is safe where the memory is behind the record:
 * the URLs made of it lead below the job's own epoch, so that they overwrite no other attempt's outputs, and the commit of an
 * epoch that has ended is refused (docs/adr/0003-claim-epoch-grant-commit.md).
 *
 * @throws MeshError STALE_CLAIM
 */
async function getHolder(parts: Parts, claim: { endpointId: string; jobId: string; epoch: number }): Promise<string> {
  const { endpointId, jobId, epoch } = claim;
  return parts.claims.findHeld(claim)?.tenantId ?? (await getHeldRow(parts, endpointId, jobId, epoch)).tenant_id;
}

async function toClaim({ objects, settings }: Parts, row: ClaimedRow, leaseMs = settings.leaseMs): Promise<JobClaim> {
  const urls = await objects.claimUrls(row);
  return {
    jobId: row.id,
    epoch: row.epoch,
    jobType: row.job_type,
    dialect: row.dialect,
    endpointId: row.endpoint_id,
    tenantId: row.tenant_id,
    owner: row.owner,
    attempt: Math.max(row.attempts, 1),
    inputs: row.inputs,
    payload:
      row.payload === null || urls.payload === null
        ? null
        : { name: row.payload.name, maxBytes: row.payload.maxBytes, url: urls.payload },
    checkpoints: row.checkpoints.map((checkpoint, index) => ({
      ...checkpoint,
      url: urls.checkpoints[index]?.url ?? '',
    })),
    timeLeftMs: timeLeft(row),
    leaseMs,
    trace: row.trace,
  };
}

/** A record that is active has one. */
function startOf({ id, started_at: startedAt }: ClaimedRow): Date {
  if (startedAt === null) throw new MeshError('INTERNAL', `the running job ${id} has no start`);
  return startedAt;
}

/** Both times are the database's, which wrote them in this very claim or before. */
function timeLeft({
  run_timeout_ms: runTimeoutMs,
  started_at: startedAt,
  deadline_at: deadlineAt,
}: ClaimedRow): number {
  if (startedAt === null || deadlineAt === null) return runTimeoutMs;
  return Math.min(runTimeoutMs, Math.max(deadlineAt.getTime() - startedAt.getTime(), 0));
}

interface Ending {
  readonly endpointId: string;
  readonly jobId: string;
  readonly epoch: number;
  readonly outcome: JobOutcome;
}

async function commit(parts: Parts, { endpointId, jobId, epoch, outcome }: Ending): Promise<boolean> {
  const { records, news, pools, logger, metrics } = parts;
  const outputKeys = await outputKeysOf(parts, { endpointId, jobId, epoch, outcome });
  if (outputKeys === undefined) return false;
  const ended = await records.commit({ id: jobId, endpointId, epoch, outcome, outputKeys });
  if (ended === undefined || ended.leavesWaiting) pools.wake(endpointId);
  parts.claims.forget(jobId);
  if (ended === undefined) {
    logger.warn({ jobId, epoch, outcome: outcome.kind }, 'stale commit ignored');
    return false;
  }
  metrics
    .counter({ name: 'mesh_attempts_total', help: 'Attempts by how they ended', labels: ['outcome'] })
    .inc({ outcome: outcome.kind });
  logger.info(
    {
      jobId,
      epoch,
      outcome: outcome.kind,
      state: ended.state,
      ...(outcome.kind === 'failed' ? { code: outcome.code } : {}),
    },
    'job committed',
  );
  news.announce(jobId, ended.state);
  return true;
}

/** By name; undefined where the claim is lost. */
async function outputKeysOf(
  { claims, objects, db }: Parts,
  { endpointId, jobId, epoch, outcome }: Ending,
): Promise<Record<string, string> | undefined> {
  if (outcome.kind !== 'succeeded' || outcome.outputs.length === 0) return {};
  const tenantId = claims.findTenant(jobId) ?? (await findHeldRow(db, endpointId, jobId, epoch))?.tenant_id;
  if (tenantId === undefined) return undefined;
  const job = { tenant_id: tenantId, id: jobId };
  return Object.fromEntries(outcome.outputs.map(({ name }) => [name, objects.outputKey(job, epoch, name)]));
}
