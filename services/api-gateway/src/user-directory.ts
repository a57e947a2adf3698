import { resolveUser } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { BelievedAnswers } from './believed-answers.js';

const resolveTimeoutMs = 5_000;

/** What a dialect may know of a user for whom another's key acts. */
export class UserDirectory {
  readonly #jobQueue: JobQueue;
  readonly #roles = new BelievedAnswers<readonly string[]>({ believeMs: 5_000 });

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** @throws MeshError NOT_FOUND for an unknown or disabled user; SERVICE_UNAVAILABLE, DEADLINE_EXCEEDED */
  rolesOf(tenantId: string, name: string): Promise<readonly string[]> {
    return this.#roles.recall(JSON.stringify([tenantId, name]), async () => {
      const { roles } = await this.#jobQueue.call(
        resolveUser,
        { tenantId, name },
        { deadlineAt: Date.now() + resolveTimeoutMs },
      );
      return roles;
    });
  }

  /** A user or role has changed: everything is asked again. */
  forgetAll(): void {
    this.#roles.forgetAll();
  }
}
