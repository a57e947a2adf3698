import { renewClaims, workerDoor } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';

/** Why an attempt must stop before its end. */
export type StopReason = 'lost' | 'cancelled' | 'deadline' | 'shutdown';

export interface Progress {
  readonly fraction: number;
  readonly stage?: string;
}

interface Held {
  readonly epoch: number;
  readonly stop: (reason: StopReason) => void;
  progress: Progress | undefined;
}

interface Options {
  readonly jobQueue: Pick<JobQueue, 'call'>;
  readonly endpointId: string;
  readonly workerId: string;
  readonly logger: Logger;
}

const maxStageLength = 100;

/** What a runtime says of its progress, within what a renewal may carry; undefined when it makes no sense. */
function toReport({ fraction, stage }: Progress): Progress | undefined {
  if (Number.isNaN(fraction)) return undefined;
  const bounded = Math.min(Math.max(fraction, 0), 1);
  return stage === undefined ? { fraction: bounded } : { fraction: bounded, stage: stage.slice(0, maxStageLength) };
}

/**
 * Tells the dispatcher, a few times per lease and in one call for all jobs, that this worker lives; hears in the answer which
 * jobs to drop. A renewal that fails is repeated at the next beat: a worker cut off from Redis works on, and its commit decides.
 */
export class HeldClaims implements Disposable {
  readonly #options: Options;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  #leaseMs = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Keeps a claim alive until `release` of the answer is called. An older claim of the same job is lost by it. */
  hold(
    jobId: string,
    epoch: number,
    leaseMs: number,
    stop: (reason: StopReason) => void,
  ): { report: (progress: Progress) => void; release: () => void } {
    const held: Held = { epoch, stop, progress: undefined };
    this.#held.get(jobId)?.stop('lost');
    this.#held.set(jobId, held);
    this.#leaseMs = leaseMs;
    this.#beat();
    return {
      report: (progress) => {
        held.progress = toReport(progress) ?? held.progress;
      },
      release: () => {
        if (this.#held.get(jobId) === held) this.#held.delete(jobId);
      },
    };
  }

  /** Asks at once how the claims stand, instead of at the next beat. */
  look(): void {
    this.#renew(this.#leaseMs / 4).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'claims not renewed');
    });
  }

  #beat(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      if (this.#held.size === 0) this[Symbol.dispose]();
      else this.look();
    }, this.#leaseMs / 4);
  }

  async #renew(timeoutMs: number): Promise<void> {
    const { jobQueue, endpointId, workerId } = this.#options;
    const claims = [...this.#held].map(([jobId, { epoch, progress }]) => ({
      jobId,
      epoch,
      ...(progress === undefined ? {} : { progress }),
    }));
    const answer = await jobQueue.call(
      renewClaims,
      { workerId, claims },
      { queue: workerDoor(endpointId), deadlineAt: Date.now() + timeoutMs },
    );
    for (const { jobId, epoch, standing } of answer.claims) {
      const held = this.#held.get(jobId);
      if (held?.epoch === epoch && standing !== 'held') held.stop(standing);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
