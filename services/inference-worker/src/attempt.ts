import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  claimJob,
  commitJob,
  grantOutputs,
  renewUrls,
  workerDoor,
  type JobClaim,
  type JobOutcome,
} from '@infermesh/contracts';
import { MeshError, toMeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import type { CheckpointCache } from './checkpoints/checkpoint-cache.js';
import { downloadFile } from './download-file.js';
import type { HeldClaims, Progress, StopReason } from './held-claims.js';
import type { JobInput, JobResult, JobRunner, MissingCheckpoint, OutputFile } from './job-runner.js';
import { withPatience } from './patience.js';
import { uploadFile } from './upload-file.js';

export interface AttemptParts {
  readonly jobQueue: JobQueue;
  readonly endpointId: string;
  readonly workerId: string;
  readonly claims: HeldClaims;
  readonly cache: CheckpointCache;
  readonly runner: JobRunner;
  readonly scratchFolder: string;
  readonly logger: Logger;
}

type ClaimedCheckpoint = JobClaim['checkpoints'][number];

const callTimeoutMs = 10_000;

/** How long an attempt waits for an object store or a dispatcher that is away, before it ends with a retryable failure. */
const patienceMs = 60_000;
const claimPatienceMs = 30_000;

export interface AttemptSignals {
  /** The worker stops, and its grace is over: the job goes back. */
  readonly shutdown: AbortSignal;
  /** The queue says that the delivery has lost its sense. A hint: what the record says decides. */
  readonly delivery: AbortSignal;
}

/** Of one attempt. */
interface Context {
  /** What is released when it has ended. */
  readonly opened: ResourceStack;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

class Stopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`attempt stopped: ${reason}`);
    this.reason = reason;
  }
}

/** One delivery of a durable job: claim, fetch, run, store, commit. Never throws for what the job itself did wrong. */
export async function attemptJob(
  parts: AttemptParts,
  entry: { jobId: string; release: number },
  { shutdown, delivery }: AttemptSignals,
): Promise<void> {
  const claim = await takeClaim(parts, entry, AbortSignal.any([shutdown, delivery]));
  if (claim === null) {
    parts.logger.info({ jobId: entry.jobId, release: entry.release }, 'stale entry dropped');
    return;
  }
  const stopping = new AbortController();
  const stop = (reason: StopReason): void => {
    stopping.abort(new Stopped(reason));
  };
  // Held until the commit is answered: an outcome that waits for Redis must not lapse meanwhile.
  const held = parts.claims.hold(claim.jobId, claim.epoch, claim.leaseMs, stop);
  const onShutdown = (): void => {
    stop('shutdown');
  };
  const onDelivery = (): void => {
    parts.claims.look();
  };
  if (shutdown.aborted) onShutdown();
  shutdown.addEventListener('abort', onShutdown);
  delivery.addEventListener('abort', onDelivery);
  const deadline = setTimeout(stop, claim.timeLeftMs, 'deadline');
  await using opened = new ResourceStack(); // released after the commit, which others wait for
  try {
    const outcome = await settle(parts, claim, { opened, signal: stopping.signal, onProgress: held.report });
    if (outcome !== undefined) await commitOrFail(parts, claim, outcome);
  } finally {
    clearTimeout(deadline);
    shutdown.removeEventListener('abort', onShutdown);
    delivery.removeEventListener('abort', onDelivery);
    held.release();
  }
}

/**
 * A claim whose answer got lost may have been given: then nobody but this worker gets it before its lease has lapsed, so this
 * worker asks again.
 *
 * @throws MeshError of a code after which the queue delivers the entry again
 */
async function takeClaim(
  { jobQueue, endpointId, workerId }: AttemptParts,
  entry: { jobId: string; release: number },
  signal: AbortSignal,
): Promise<JobClaim | null> {
  const ask = (): Promise<{ claim: JobClaim | null }> =>
    jobQueue.call(
      claimJob,
      { ...entry, workerId },
      { queue: workerDoor(endpointId), deadlineAt: Date.now() + callTimeoutMs },
    );
  const { claim } = await withPatience(ask, { patienceMs: claimPatienceMs, signal });
  return claim;
}

/** Undefined when the claim was lost: somebody else's commit counts. */
async function settle(parts: AttemptParts, claim: JobClaim, context: Context): Promise<JobOutcome | undefined> {
  const { jobId, epoch, jobType, trace } = claim;
  try {
    parts.logger.info({ jobId, epoch, jobType, requestId: trace }, 'attempt started');
    return await run(parts, claim, context);
  } catch (error) {
    const { signal } = context;
    return signal.reason instanceof Stopped ? toStopOutcome(signal.reason.reason) : toFailure(parts, claim, error);
  }
}

function toStopOutcome(reason: StopReason): JobOutcome | undefined {
  switch (reason) {
    case 'lost':
      return undefined;
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'shutdown':
      return { kind: 'given-back' };
    case 'deadline':
      return {
        kind: 'failed',
        code: 'DEADLINE_EXCEEDED',
        message: 'the job ran longer than its time limit',
        retryable: false,
      };
    default:
      return reason satisfies never;
  }
}

function toFailure({ logger }: AttemptParts, { jobId, epoch }: JobClaim, error: unknown): JobOutcome {
  const { code, message, retryable } = toMeshError(error);
  logger.warn({ err: error, jobId, epoch, code }, 'attempt failed');
  return { kind: 'failed', code, message: message.slice(0, 4000), retryable };
}

async function run(parts: AttemptParts, claim: JobClaim, { opened, signal, onProgress }: Context): Promise<JobOutcome> {
  const folder = await mkdtemp(join(parts.scratchFolder, 'job-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const outputFolder = join(folder, 'outputs');
  await mkdir(outputFolder);
  const payloadPath = claim.payload === null ? null : join(folder, 'payload');
  const patience = { patienceMs, signal };
  if (payloadPath !== null) await withPatience(() => fetchPayload(parts, claim, payloadPath, signal), patience);
  const fetched = await fetchCheckpoints(parts, claim, signal);
  const result = await parts.runner.run(
    { jobId: claim.jobId, jobType: claim.jobType, inputs: claim.inputs, payloadPath, outputFolder, ...fetched },
    { signal, deadlineAt: Number.MAX_SAFE_INTEGER, onProgress }, // the signal knows when the time is up
  );
  return await withPatience(() => store(parts, claim, result, signal), patience);
}

/** A job may have waited longer than its URLs live: an expired one is renewed once, as long as the claim holds. */
async function fetchPayload(parts: AttemptParts, claim: JobClaim, path: string, signal: AbortSignal): Promise<void> {
  if (claim.payload === null) return;
  const { url, maxBytes } = claim.payload;
  const download = { path, maxBytes, what: 'payload', signal };
  try {
    await downloadFile({ ...download, url });
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    if (error.code === 'OBJECT_NOT_FOUND') {
      throw new MeshError(
        'PAYLOAD_MISSING',
        'the payload was never uploaded: create the job again, PUT the payload to its upload URL, then start it',
      );
    }
    if (error.code !== 'FORBIDDEN') throw error;
    const fresh = await getFreshUrls(parts, claim);
    if (fresh.payloadUrl === null) throw error;
    await downloadFile({ ...download, url: fresh.payloadUrl });
  }
}

/** A job may bring more checkpoints than it will use: one that cannot be had is the runtime's to judge. */
async function fetchCheckpoints(
  parts: AttemptParts,
  claim: JobClaim,
  signal: AbortSignal,
): Promise<Pick<JobInput, 'checkpoints' | 'missingCheckpoints'>> {
  const missingCheckpoints: Record<string, MissingCheckpoint> = {};
  const fetching = claim.checkpoints.map(async (checkpoint) => {
    try {
      const path = await withPatience(() => fetchCheckpoint(parts, claim, checkpoint, signal), { patienceMs, signal });
      return { ...checkpoint, path };
    } catch (error) {
      if (!(error instanceof MeshError) || signal.aborted) throw error;
      missingCheckpoints[checkpoint.name] = { code: error.code, message: error.message };
      return undefined;
    }
  });
  const checkpoints = (await Promise.all(fetching)).filter((checkpoint) => checkpoint !== undefined);
  return { checkpoints, missingCheckpoints };
}

async function fetchCheckpoint(
  parts: AttemptParts,
  claim: JobClaim,
  checkpoint: ClaimedCheckpoint,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await parts.cache.get(checkpoint, signal);
  } catch (error) {
    if (!(error instanceof MeshError && error.code === 'FORBIDDEN')) throw error;
    const fresh = await getFreshUrls(parts, claim);
    const url = fresh.checkpoints.find(({ id }) => id === checkpoint.id)?.url ?? checkpoint.url;
    return parts.cache.get({ ...checkpoint, url }, signal);
  }
}

async function getFreshUrls(
  { jobQueue, endpointId }: AttemptParts,
  { jobId, epoch }: JobClaim,
): Promise<{ payloadUrl: string | null; checkpoints: { id: string; url: string }[] }> {
  return jobQueue.call(
    renewUrls,
    { jobId, epoch },
    { queue: workerDoor(endpointId), deadlineAt: Date.now() + callTimeoutMs },
  );
}

/** PUT URLs are asked for when the bytes exist, so that length and digest are part of their signature. */
async function store(
  parts: AttemptParts,
  { jobId, epoch }: JobClaim,
  { outputs, result }: JobResult,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const facts = await Promise.all(outputs.map(describeOutput));
  if (facts.length > 0) {
    const { puts } = await parts.jobQueue.call(
      grantOutputs,
      {
        jobId,
        epoch,
        outputs: facts.map(({ name, sizeBytes, sha256, mediaType }) => ({ name, sizeBytes, sha256, mediaType })),
      },
      { queue: workerDoor(parts.endpointId), deadlineAt: Date.now() + callTimeoutMs },
    );
    const byName = new Map(puts.map((put) => [put.name, put]));
    await Promise.all(
      facts.map(async ({ name, path, sizeBytes }) => {
        const put = byName.get(name);
        if (put === undefined) throw new MeshError('INTERNAL', `no URL was granted for output ${name}`);
        await uploadFile({ url: put.url, headers: put.headers, path, sizeBytes, signal });
      }),
    );
  }
  return {
    kind: 'succeeded',
    outputs: facts.map(({ name, sizeBytes, sha256, mediaType }) => ({ name, sizeBytes, sha256, mediaType })),
    result: JSON.parse(JSON.stringify(result)) as Record<string, never>,
    usage: {},
  };
}

async function describeOutput(output: OutputFile): Promise<OutputFile & { sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(output.path), hash);
  return { ...output, sizeBytes: (await stat(output.path)).size, sha256: hash.digest('hex') };
}

/** An outcome that cannot be recorded, for instance a result that is too large, would run for ever: it fails the job. */
async function commitOrFail(parts: AttemptParts, claim: JobClaim, outcome: JobOutcome): Promise<void> {
  try {
    await commit(parts, claim, outcome);
  } catch (error) {
    const { code, message, retryable } = toMeshError(error);
    if (retryable || outcome.kind !== 'succeeded') throw error;
    await commit(parts, claim, {
      kind: 'failed',
      code,
      message: `the result cannot be recorded: ${message}`.slice(0, 4000),
      retryable: false,
    });
  }
}

/** The result stands in the object store: the commit is worth insisting on until the lease would have lapsed anyway. */
async function commit(
  { jobQueue, endpointId, logger }: AttemptParts,
  { jobId, epoch, leaseMs }: JobClaim,
  outcome: JobOutcome,
): Promise<void> {
  const { accepted } = await withPatience(
    () =>
      jobQueue.call(
        commitJob,
        { jobId, epoch, outcome },
        { queue: workerDoor(endpointId), deadlineAt: Date.now() + callTimeoutMs },
      ),
    {
      patienceMs: Math.max(leaseMs * 4, 30_000),
      onFailure: (error, attempt) => {
        logger.warn({ err: error, jobId, epoch, attempt }, 'commit not answered: trying again');
      },
    },
  );
  logger.info({ jobId, epoch, outcome: outcome.kind, accepted }, 'attempt ended');
}
