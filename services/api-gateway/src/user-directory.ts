import { resolveUser } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { BelievedAnswers } from './believed-answers.js';
import { callInTime } from './call-in-time.js';

const resolveTimeoutMs = 5_000;

/** What a dialect may know of a user for whom another's key acts. */
export interface KnownUser {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The users of all tenants, as far as somebody asks for them. */
export class UserDirectory {
  readonly #jobQueue: JobQueue;
  readonly #users = new BelievedAnswers<KnownUser>({ believeMs: 5_000 });

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** @throws MeshError NOT_FOUND for an unknown or disabled user; SERVICE_UNAVAILABLE */
  get(tenantId: string, name: string): Promise<KnownUser> {
    return this.#users.recall(JSON.stringify([tenantId, name]), () =>
      callInTime(this.#jobQueue, resolveUser, { tenantId, name }, { deadlineAt: Date.now() + resolveTimeoutMs }),
    );
  }

  /** A user or role has changed: everything is asked again. */
  forgetAll(): void {
    this.#users.forgetAll();
  }
}
