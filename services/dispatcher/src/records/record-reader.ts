import type { JobAccess } from '@infermesh/contracts';
import { GroupCommit, type Sql } from '@infermesh/database';
import { findJobRows, present, type FoundJob, type JobWish } from './read-jobs.js';

/** Reads single records for many callers: one statement for up to 64 of them. */
export class RecordReader implements AsyncDisposable {
  readonly #reads: GroupCommit<JobWish, FoundJob | undefined>;

  constructor(db: Sql) {
    this.#reads = new GroupCommit({ maxBatch: 64, commit: (wishes) => findJobRows(db, wishes) });
  }

  /** @throws MeshError NOT_FOUND, also for a record of someone else */
  async get(access: JobAccess, id: string): Promise<FoundJob> {
    return present(await this.#reads.add({ access, id }), id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reads[Symbol.asyncDispose]();
  }
}
