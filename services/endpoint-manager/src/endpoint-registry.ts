import type { createEndpoint, deleteEndpoints, EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { toEndpointView, type EndpointRecord } from './endpoint-record.js';
import type { EndpointFilter } from './endpoint-table.js';
import { ManagedEndpoint, type EndpointSurroundings } from './managed-endpoint.js';

type CreateRequest = z.output<(typeof createEndpoint)['request']>;
type DeleteRequest = z.output<(typeof deleteEndpoints)['request']>;

/** All endpoints: the rows, and what this process runs for each. One process at a time may manage them: see `Succession`. */
export class EndpointRegistry implements AsyncDisposable {
  readonly #around: EndpointSurroundings;
  readonly #managed = new Map<string, ManagedEndpoint>();

  constructor(around: EndpointSurroundings) {
    this.#around = around;
  }

  /** Starts the pools of all endpoints there are. @throws MeshError DATABASE_UNAVAILABLE */
  async load(): Promise<void> {
    for (const record of await this.#around.table.list({})) this.#manage(record);
  }

  /**
   * Returns as soon as the endpoint is recorded; its workers start meanwhile.
   *
   * @throws MeshError CONFLICT when the name is taken; DATABASE_UNAVAILABLE
   */
  async create({ ensure, workers, ...wanted }: CreateRequest): Promise<EndpointView> {
    const fresh = { id: uuidv7(), status: 'creating', error: null, readyAt: null, createdAt: new Date() } as const;
    const record: EndpointRecord = { ...fresh, ...wanted, desiredWorkers: workers };
    if (await this.#around.table.insert(record)) return this.#manage(record).view;
    const [existing] = await this.list({ tenantId: wanted.tenantId, name: wanted.name });
    if (existing?.status === 'deleting') {
      throw new MeshError('CONFLICT', `endpoint ${wanted.name} is being deleted; create it again when it is gone`, {
        retryAfterSeconds: 5,
        field: 'name',
      });
    }
    if (ensure && existing !== undefined) return existing;
    throw new MeshError('CONFLICT', `the endpoint name ${wanted.name} is taken`, { field: 'name' });
  }

  /** Oldest first. @throws MeshError DATABASE_UNAVAILABLE */
  async list(filter: EndpointFilter): Promise<EndpointView[]> {
    const records = await this.#around.table.list(filter);
    return records.map((record) => this.#managed.get(record.id)?.view ?? toEndpointView(record, 0));
  }

  /**
   * Begins to delete those that exist and belong to the tenant; returns their names.
   *
   * @throws MeshError DATABASE_UNAVAILABLE
   */
  async delete({ tenantId, names }: DeleteRequest): Promise<string[]> {
    const doomed = (await this.#around.table.list({ tenantId })).filter(({ name }) => names.includes(name));
    await Promise.all(doomed.map(async ({ id }) => this.#managed.get(id)?.delete()));
    return doomed.map(({ name }) => name);
  }

  /** Stops all workers side by side; the rows stay, for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#managed.values()].map((managed) => managed.stop()));
  }

  #manage(record: EndpointRecord): ManagedEndpoint {
    const managed = new ManagedEndpoint(record, this.#around, () => this.#managed.delete(record.id));
    this.#managed.set(record.id, managed);
    managed.start();
    return managed;
  }
}
