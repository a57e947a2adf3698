import { endpointAutoscaling, endpointStatus } from '@infermesh/contracts';
import { endpoint, type Database } from '@infermesh/database';
import { and, asc, eq, ne } from 'drizzle-orm';
import { z } from 'zod';
import type { DriverKind } from './driver.js';
import type { EndpointRecord, EndpointStanding } from './endpoint-record.js';

export interface EndpointFilter {
  readonly tenantId?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
}

const runtimeColumn = z.object({ jobTypes: z.array(z.string()) });
const autoscalingColumn = endpointAutoscaling.nullable();
const dialectDataColumn = z.record(z.string(), z.json());

/** The rows of table `endpoint`. @throws MeshError DATABASE_UNAVAILABLE from every method */
export class EndpointTable {
  readonly #database: Database;
  readonly #driver: DriverKind;

  constructor(database: Database, driver: DriverKind) {
    this.#database = database;
    this.#driver = driver;
  }

  /** False when the name is taken, by whichever tenant: names are unique in the mesh. */
  async insert(record: EndpointRecord): Promise<boolean> {
    const { jobTypes, ownerRoles, ...same } = record;
    const row = { ...same, ownerRoles: [...ownerRoles], runtime: { jobTypes }, driver: this.#driver };
    const inserted = await this.#database.orm
      .insert(endpoint)
      .values(row)
      .onConflictDoNothing({ target: endpoint.name })
      .returning({ id: endpoint.id });
    return inserted.length > 0;
  }

  /** Oldest first. */
  async list({ tenantId, name, kind }: EndpointFilter): Promise<EndpointRecord[]> {
    const rows = await this.#database.orm
      .select()
      .from(endpoint)
      .where(
        and(
          tenantId === undefined ? undefined : eq(endpoint.tenantId, tenantId),
          name === undefined ? undefined : eq(endpoint.name, name),
          kind === undefined ? undefined : eq(endpoint.kind, kind),
        ),
      )
      .orderBy(asc(endpoint.createdAt), asc(endpoint.id));
    return rows.map(toRecord);
  }

  /** A row that is being deleted stays as it is. */
  async update(id: string, { status, error, readyAt }: EndpointStanding): Promise<void> {
    await this.#database.orm
      .update(endpoint)
      .set({ status, error, readyAt, updatedAt: new Date() })
      .where(and(eq(endpoint.id, id), ne(endpoint.status, 'deleting')));
  }

  async delete(id: string): Promise<void> {
    await this.#database.orm.delete(endpoint).where(eq(endpoint.id, id));
  }
}

function toRecord(row: typeof endpoint.$inferSelect): EndpointRecord {
  const { runtime, status, driver: _driver, updatedAt: _updatedAt, deletedAt: _deletedAt, ...same } = row;
  return {
    ...same,
    jobTypes: runtimeColumn.parse(runtime).jobTypes,
    autoscaling: autoscalingColumn.parse(row.autoscaling),
    dialectData: dialectDataColumn.parse(row.dialectData),
    status: endpointStatus.parse(status),
  };
}
