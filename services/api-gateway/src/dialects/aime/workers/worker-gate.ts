import { timingSafeEqual } from 'node:crypto';
import { digestKey } from '@infermesh/credentials';
import type { EndpointCatalogue, JobType } from '../endpoints/endpoint-catalogue.js';

export type WorkerVerdict =
  | { readonly ok: true; readonly jobType: JobType }
  | { readonly ok: false; readonly hasJobType: boolean; readonly message: string };

/** Lets the workers of a job type in by its key. */
export class WorkerGate {
  readonly #catalogue: EndpointCatalogue;
  readonly #pepper: string;

  constructor(catalogue: EndpointCatalogue, pepper: string) {
    this.#catalogue = catalogue;
    this.#pepper = pepper;
  }

  check(jobTypeName: string, key: string | null | undefined): WorkerVerdict {
    return this.#judge(jobTypeName, this.#catalogue.findJobType(jobTypeName), key);
  }

  /** For results: a worker of a type that is served no more may end what it has in hand. */
  checkLeaving(jobTypeName: string, key: string | null | undefined): WorkerVerdict {
    const jobType = this.#catalogue.findJobType(jobTypeName) ?? this.#catalogue.findFormerJobType(jobTypeName);
    return this.#judge(jobTypeName, jobType, key);
  }

  #judge(jobTypeName: string, jobType: JobType | undefined, key: string | null | undefined): WorkerVerdict {
    if (jobType === undefined) {
      return { ok: false, hasJobType: false, message: `Job type ${jobTypeName.slice(0, 100)} is not served here` };
    }
    if (this.#fits(jobType, key ?? '')) return { ok: true, jobType };
    return { ok: false, hasJobType: true, message: `Worker auth_key is not valid for job type ${jobType.name}` };
  }

  /** Digests are compared, in a time that does not depend on them. */
  #fits({ workerKeyDigest }: JobType, key: string): boolean {
    if (workerKeyDigest === null || key === '') return false;
    return timingSafeEqual(Buffer.from(workerKeyDigest), Buffer.from(digestKey(this.#pepper, key)));
  }
}
