import { getJob, isFinal, type JobView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import type { RecordTicket } from '../job-ids.js';

interface Seen {
  readonly view: Promise<JobView | undefined>;
  untilMs: number;
}

/** How old a sight of a job that runs or waits may be; what happens to it by way of this gateway shows at once. */
const believedMs = 250;
const callTimeoutMs = 10_000;
const maxSeen = 10_000;

/** Records of jobs for those who poll: many polls of one job are one question to the dispatcher. */
export class JobViews {
  readonly #jobQueue: JobQueue;
  readonly #seen = new Map<string, Seen>();

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** With URLs and its place. Undefined: there is no such job. @throws MeshError outages */
  find(ticket: RecordTicket): Promise<JobView | undefined> {
    const known = this.#seen.get(ticket.jobId);
    if (known !== undefined && known.untilMs > performance.now()) return known.view;
    const asked: Seen = { view: this.#ask(ticket), untilMs: Infinity };
    this.#remember(ticket.jobId, asked);
    const settle = (view?: JobView): void => {
      asked.untilMs = performance.now() + believedMs;
      // Ends may be large, and are asked for once as a rule.
      if (view !== undefined && !isFinal(view.state)) return;
      if (this.#seen.get(ticket.jobId) === asked) this.#seen.delete(ticket.jobId);
    };
    asked.view.then(settle, () => {
      settle();
    });
    return asked.view;
  }

  /** Something happened to the job. */
  forget(jobId: string): void {
    this.#seen.delete(jobId);
  }

  async #ask({ jobId, tenantId, owner }: RecordTicket): Promise<JobView | undefined> {
    const wanted = { access: { tenantId, subject: owner }, id: jobId, withUrls: true, withQueuePosition: true };
    try {
      return (await this.#jobQueue.call(getJob, wanted, { deadlineAt: Date.now() + callTimeoutMs })).job;
    } catch (error) {
      if (error instanceof MeshError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  #remember(jobId: string, seen: Seen): void {
    this.#seen.delete(jobId);
    this.#seen.set(jobId, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > maxSeen && oldest !== undefined) this.#seen.delete(oldest);
  }
}
