import type { EndpointSet, JobEndpoint, LoadedEndpoint, QueueLimits } from '@infermesh/aime-endpoints';
import { digestKey } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';

/** An endpoint with its keys as digests: what is compared, and all that is kept of them here. */
export interface CataloguedEndpoint {
  readonly definition: JobEndpoint;
  /** User names by the digest of their key. */
  readonly usersByDigest: ReadonlyMap<string, string>;
}

/** Endpoints of one job type share a queue. The first of them fixes its settings. */
export interface JobType {
  readonly name: string;
  readonly first: JobEndpoint;
  /** Null: no external worker gets in. */
  readonly workerKeyDigest: string | null;
}

const maxFormerJobTypes = 1_000;

/** The endpoints that are served now, found by name, key and job type. */
export class EndpointCatalogue {
  readonly #pepper: string;
  #endpoints: ReadonlyMap<string, CataloguedEndpoint> = new Map();
  #jobTypes: ReadonlyMap<string, JobType> = new Map();
  readonly #formerJobTypes = new Map<string, JobType>();
  #onChange: () => void = () => undefined;

  constructor(pepper: string) {
    this.#pepper = pepper;
  }

  /** From here on these are served. */
  replace({ endpoints }: EndpointSet): void {
    const loaded = [...endpoints.values()];
    this.#endpoints = new Map(loaded.map((endpoint) => [endpoint.definition.name, this.#catalogue(endpoint)]));
    const jobTypes = new Map<string, JobType>();
    for (const endpoint of loaded) {
      const { jobType } = endpoint.definition.worker;
      if (!jobTypes.has(jobType)) jobTypes.set(jobType, this.#jobType(endpoint));
    }
    this.#rememberGone(jobTypes);
    this.#jobTypes = jobTypes;
    this.#onChange();
  }

  #rememberGone(jobTypes: ReadonlyMap<string, JobType>): void {
    for (const name of jobTypes.keys()) this.#formerJobTypes.delete(name);
    for (const [name, jobType] of this.#jobTypes) if (!jobTypes.has(name)) this.#formerJobTypes.set(name, jobType);
    const [oldest] = this.#formerJobTypes.keys();
    if (this.#formerJobTypes.size > maxFormerJobTypes && oldest !== undefined) this.#formerJobTypes.delete(oldest);
  }

  /** One listener: whoever reports the queues. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  get all(): readonly CataloguedEndpoint[] {
    return [...this.#endpoints.values()];
  }

  get jobTypes(): readonly JobType[] {
    return [...this.#jobTypes.values()];
  }

  find(name: string): CataloguedEndpoint | undefined {
    return this.#endpoints.get(name);
  }

  /** @throws MeshError ENDPOINT_NOT_FOUND */
  get(name: string): CataloguedEndpoint {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) throw new MeshError('ENDPOINT_NOT_FOUND', `there is no endpoint ${name.slice(0, 100)}`);
    return endpoint;
  }

  /** The limits of the queue that the endpoint's jobs wait in: those of the first endpoint of its type. */
  queueOf({ worker, queue }: JobEndpoint): QueueLimits {
    return this.#jobTypes.get(worker.jobType)?.first.queue ?? queue;
  }

  findJobType(name: string): JobType | undefined {
    return this.#jobTypes.get(name);
  }

  /** A type that was served until its last file was removed: its workers may still have jobs in hand. */
  findFormerJobType(name: string): JobType | undefined {
    return this.#formerJobTypes.get(name);
  }

  #catalogue({ definition, secrets }: LoadedEndpoint): CataloguedEndpoint {
    const users = [...secrets.authorizationKeys].map(([user, key]) => [digestKey(this.#pepper, key), user] as const);
    return { definition, usersByDigest: new Map(users) };
  }

  #jobType({ definition, secrets: { workerAuthKey } }: LoadedEndpoint): JobType {
    return {
      name: definition.worker.jobType,
      first: definition,
      workerKeyDigest: workerAuthKey === null ? null : digestKey(this.#pepper, workerAuthKey),
    };
  }
}
