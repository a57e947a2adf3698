import type { createEndpoint, deleteEndpoints, EndpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { checkPolicy, checkRoles, type EndpointPolicy } from './endpoint-policy.js';
import { toEndpointView, type EndpointRecord } from './endpoint-record.js';
import type { EndpointFilter } from './endpoint-table.js';
import { ManagedEndpoint, type EndpointSurroundings } from './managed-endpoint.js';

/** What the registry needs around it and its endpoints. */
export interface RegistrySurroundings extends EndpointSurroundings {
  readonly policy: EndpointPolicy;
}

type CreateRequest = z.output<(typeof createEndpoint)['request']>;
type DeleteRequest = z.output<(typeof deleteEndpoints)['request']>;

/** All endpoints: the rows, and what this process runs for each. One process at a time may manage them: see `Succession`. */
export class EndpointRegistry implements AsyncDisposable {
  readonly #around: RegistrySurroundings;
  readonly #managed = new Map<string, ManagedEndpoint>();
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(around: RegistrySurroundings) {
    this.#around = around;
  }

  /** Starts the pools of all endpoints there are. @throws MeshError DATABASE_UNAVAILABLE */
  async load(): Promise<void> {
    for (const record of await this.#around.table.list({})) this.#manage(record);
  }

  /**
   * Returns as soon as the endpoint is recorded; its workers start meanwhile.
   *
   * @throws MeshError CONFLICT when the name is taken, or a role that may have one endpoint alone has it; QUOTA_EXCEEDED;
   * BAD_REQUEST for an image that is not allowed; DATABASE_UNAVAILABLE
   */
  create(request: CreateRequest): Promise<EndpointView> {
    return this.#inTurn(() => this.#create(request));
  }

  async #create(request: CreateRequest): Promise<EndpointView> {
    const { ensure, onePerRole: _onePerRole, workers, ...wanted } = request;
    const all = await this.#around.table.list({});
    const namesake = all.find(({ name }) => name === wanted.name);
    if (ensure && namesake?.tenantId === wanted.tenantId && namesake.status !== 'deleting') return this.#view(namesake);
    checkRoles(request, all);
    if (namesake !== undefined) throw nameTaken(namesake, wanted.tenantId);
    checkPolicy(request, all, this.#around.policy);
    const fresh = { id: uuidv7(), status: 'creating', error: null, readyAt: null, createdAt: new Date() } as const;
    const record: EndpointRecord = { ...fresh, ...wanted, desiredWorkers: workers };
    if (await this.#around.table.insert(record)) return this.#manage(record).view;
    throw new MeshError('CONFLICT', `the endpoint name ${wanted.name} is taken`, { field: 'name' });
  }

  /** Oldest first. @throws MeshError DATABASE_UNAVAILABLE */
  async list(filter: EndpointFilter): Promise<EndpointView[]> {
    const records = await this.#around.table.list(filter);
    return records.map((record) => this.#view(record));
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

  #view(record: EndpointRecord): EndpointView {
    return this.#managed.get(record.id)?.view ?? toEndpointView(record, { readyWorkers: 0, warmCheckpoints: [] });
  }

  /** One creation at a time: two at once could each fit into what is left of a quota. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work, work);
    this.#lastTurn = turn;
    return turn;
  }

  #manage(record: EndpointRecord): ManagedEndpoint {
    const managed = new ManagedEndpoint(record, this.#around, () => this.#managed.delete(record.id));
    this.#managed.set(record.id, managed);
    managed.start();
    return managed;
  }
}

/** Names are unique in the mesh: one of another tenant is not told apart. */
function nameTaken(namesake: EndpointRecord, tenantId: string): MeshError {
  if (namesake.tenantId === tenantId && namesake.status === 'deleting') {
    const message = `endpoint ${namesake.name} is being deleted; create it again when it is gone`;
    return new MeshError('CONFLICT', message, { retryAfterSeconds: 5, field: 'name' });
  }
  return new MeshError('CONFLICT', `the endpoint name ${namesake.name} is taken`, { field: 'name' });
}
