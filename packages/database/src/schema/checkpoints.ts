import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A model file in the object store. */
export const checkpoint = pgTable(
  'checkpoint',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    type: text('type').notNull(),
    file: text('file').notNull(),
    status: text('status').notNull(),
    objectKey: text('object_key').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    sha256: text('sha256'),
    tenantId: text('tenant_id').notNull(),
    owner: text('owner').notNull(),
    allowedRoles: text('allowed_roles')
      .array()
      .notNull()
      .default(sql`'{}'`),
    params: jsonb('params')
      .notNull()
      .default(sql`'{}'`),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [unique('checkpoint_name_type').on(table.name, table.type), index('checkpoint_tenant').on(table.tenantId)],
);
