import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A worker pool and its queue. */
export const endpoint = pgTable(
  'endpoint',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull().unique(),
    /** For example `async` or `real-time`: a dialect's word, opaque to the manager. */
    kind: text('kind').notNull(),
    tenantId: text('tenant_id').notNull(),
    ownerRoles: text('owner_roles')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** `{job types, runtimes}` */
    runtime: jsonb('runtime').notNull(),
    instanceType: text('instance_type').notNull(),
    driver: text('driver').notNull(),
    desiredWorkers: integer('desired_workers').notNull(),
    slotsPerWorker: integer('slots_per_worker').notNull(),
    /** `{minWorkers, maxWorkers, coolDownMs}`; null: the number of workers is fixed. */
    autoscaling: jsonb('autoscaling'),
    /** The container image asked for instead of the mesh's own. */
    image: text('image'),
    dialectData: jsonb('dialect_data')
      .notNull()
      .default(sql`'{}'`),
    status: text('status').notNull(),
    error: text('error'),
    createdAt: instant('created_at').notNull().defaultNow(),
    readyAt: instant('ready_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [index('endpoint_tenant').on(table.tenantId)],
);
