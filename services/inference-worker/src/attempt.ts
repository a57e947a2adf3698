import { claimJob, commitJob, type JobClaim, type JobOutcome, type PayloadOffer } from '@infermesh/contracts';
import { toMeshError } from '@infermesh/errors';
import { askDispatcher } from './ask-dispatcher.js';
import { patienceMs, type AttemptParts } from './attempt-parts.js';
import { describeOutput } from './describe-output.js';
import { fetchCheckpoints } from './fetch-checkpoints.js';
import { fetchOffered, fetchPayload } from './fetch-payload.js';
import type { Progress, StopReason } from './held-claims.js';
import { withPatience } from './patience.js';
import { ScratchFolder } from './scratch-folder.js';
import { factsOf, storeOutputs } from './store-outputs.js';

const claimPatienceMs = 30_000;

/** The queue's entry of a job. */
export interface JobEntry {
  readonly jobId: string;
  readonly release: number;
  readonly offer?: PayloadOffer | undefined;
}

export interface AttemptSignals {
  /** The worker stops, and its grace is over: the job goes back. */
  readonly shutdown: AbortSignal;
  /** The queue says that the delivery has lost its sense. A hint: what the record says decides. */
  readonly delivery: AbortSignal;
}

/** Of one attempt. */
interface Context {
  readonly scratch: ScratchFolder;
  /** Whether the payload came while the claim was asked for. */
  readonly offered: Promise<boolean>;
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
export async function attemptJob(parts: AttemptParts, entry: JobEntry, signals: AttemptSignals): Promise<void> {
  const stopping = new AbortController();
  const stop = (reason: StopReason): void => {
    stopping.abort(new Stopped(reason));
  };
  const onShutdown = (): void => {
    stop('shutdown');
  };
  const { shutdown } = signals;
  if (shutdown.aborted) onShutdown();
  shutdown.addEventListener('abort', onShutdown);
  await using scratch = new ScratchFolder(parts.scratchFolder); // removed after the commit, which others wait for
  const { signal } = stopping;
  const claiming = takeClaim(parts, entry, AbortSignal.any([shutdown, signals.delivery]));
  const offered =
    entry.offer === undefined ? Promise.resolve(false) : fetchOffered(parts, entry.offer, scratch, signal);
  try {
    const claim = await claiming;
    if (claim === null) parts.logger.info({ jobId: entry.jobId, release: entry.release }, 'stale entry dropped');
    else await keepClaim(parts, claim, { scratch, offered, signal, stop, delivery: signals.delivery });
  } finally {
    shutdown.removeEventListener('abort', onShutdown);
    stop('lost'); // ends what nobody waits for any more
    await offered;
  }
}

/**
 * A claim whose answer got lost may have been given: then nobody but this worker gets it before its lease has lapsed, so this
 * worker asks again.
 *
 * @throws MeshError of a code after which the queue delivers the entry again
 */
async function takeClaim(
  parts: AttemptParts,
  { jobId, release }: JobEntry,
  signal: AbortSignal,
): Promise<JobClaim | null> {
  const { workerId } = parts;
  const ask = (): Promise<{ claim: JobClaim | null }> => askDispatcher(parts, claimJob, { jobId, release, workerId });
  const { claim } = await withPatience(ask, { patienceMs: claimPatienceMs, signal });
  return claim;
}

interface Keeping extends Omit<Context, 'onProgress'> {
  readonly stop: (reason: StopReason) => void;
  readonly delivery: AbortSignal;
}

/** Works on the job while the claim is kept alive, and commits how it ended. */
async function keepClaim(parts: AttemptParts, claim: JobClaim, { stop, delivery, ...context }: Keeping): Promise<void> {
  // Held until the commit is answered: an outcome that waits for Redis must not lapse meanwhile.
  const held = parts.claims.hold(claim.jobId, claim.epoch, claim.leaseMs, stop);
  const onDelivery = (): void => {
    parts.claims.look();
  };
  delivery.addEventListener('abort', onDelivery);
  const deadline = setTimeout(stop, claim.timeLeftMs, 'deadline');
  try {
    const outcome = await settle(parts, claim, { ...context, onProgress: held.report });
    if (outcome !== undefined) await commitOrFail(parts, claim, outcome);
  } finally {
    clearTimeout(deadline);
    delivery.removeEventListener('abort', onDelivery);
    held.release();
  }
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

async function run(parts: AttemptParts, claim: JobClaim, context: Context): Promise<JobOutcome> {
  const { scratch, signal, onProgress } = context;
  await scratch.ready;
  const [payloadPath, fetched] = await Promise.all([
    bringPayload(parts, claim, context),
    fetchCheckpoints(parts, claim, signal),
  ]);
  const { jobId, jobType, inputs } = claim;
  const { outputs, result } = await parts.runner.run(
    { jobId, jobType, inputs, payloadPath, outputFolder: scratch.outputFolder, ...fetched },
    { signal, deadlineAt: Number.MAX_SAFE_INTEGER, onProgress }, // the signal knows when the time is up
  );
  const described = await Promise.all(outputs.map(describeOutput));
  await withPatience(() => storeOutputs(parts, claim, described, signal), { patienceMs, signal });
  return {
    kind: 'succeeded',
    outputs: described.map(factsOf),
    result: JSON.parse(JSON.stringify(result)) as Record<string, never>,
    usage: {},
  };
}

/** @returns its path; null for a job that has none */
async function bringPayload(
  parts: AttemptParts,
  claim: JobClaim,
  { scratch, offered, signal }: Context,
): Promise<string | null> {
  if (claim.payload === null) return null;
  const { payloadPath } = scratch;
  if (!(await offered))
    await withPatience(() => fetchPayload(parts, claim, payloadPath, signal), { patienceMs, signal });
  return payloadPath;
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
async function commit(parts: AttemptParts, { jobId, epoch, leaseMs }: JobClaim, outcome: JobOutcome): Promise<void> {
  const { logger } = parts;
  const { accepted } = await withPatience(() => askDispatcher(parts, commitJob, { jobId, epoch, outcome }), {
    patienceMs: Math.max(leaseMs * 4, 30_000),
    onFailure: (error, attempt) => {
      logger.warn({ err: error, jobId, epoch, attempt }, 'commit not answered: trying again');
    },
  });
  logger.info({ jobId, epoch, outcome: outcome.kind, accepted }, 'attempt ended');
}
