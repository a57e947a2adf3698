import { createEndpoint } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import type { OwnRuntime } from './own-runtime.js';

/** Whose pools these are: no tenant of a client's. */
const tenantId = 'aime';
const createTimeoutMs = 30_000;

/** The pools of workers for the mesh's own runtimes: one for each runtime, made when it is first needed, and kept. */
export class RuntimePools {
  readonly #jobQueue: JobQueue;
  readonly #ids = new Map<string, Promise<string>>();

  constructor(jobQueue: JobQueue) {
    this.#jobQueue = jobQueue;
  }

  /** @returns the id of the pool, whose workers may still be starting @throws MeshError as `endpoints.create` */
  async endpointIdOf(runtime: OwnRuntime): Promise<string> {
    const known = this.#ids.get(runtime.name);
    if (known !== undefined) return known;
    const making = this.#make(runtime);
    this.#ids.set(runtime.name, making);
    try {
      return await making;
    } catch (error) {
      this.#ids.delete(runtime.name);
      throw error;
    }
  }

  async #make({ name, jobType, slots }: OwnRuntime): Promise<string> {
    const { endpoint } = await this.#jobQueue.call(
      createEndpoint,
      {
        name: `aime-${name.replace(/[^A-Za-z0-9]+/gu, '-')}`.slice(0, 63),
        kind: 'aime',
        tenantId,
        jobTypes: [jobType],
        workers: 1,
        slotsPerWorker: slots,
        ensure: true,
      },
      { deadlineAt: Date.now() + createTimeoutMs },
    );
    return endpoint.id;
  }
}
