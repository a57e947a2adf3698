import { sql } from 'drizzle-orm';
import { customType, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Who pays and who is kept apart: every job, key and checkpoint belongs to exactly one tenant. */
export const tenant = pgTable('tenant', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** Share in weighted fair release; 2 gets twice the slots of 1. */
  weight: integer('weight').notNull().default(1),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const appUser = pgTable('app_user', {
  id: uuid('id').primaryKey(),
  tenantId: text('tenant_id')
    .notNull()
    .references(() => tenant.id),
  name: text('name').notNull().unique(),
  /** argon2id in PHC form; null: the user has no password and cannot log in. */
  passwordHash: text('password_hash'),
  creator: text('creator').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  disabledAt: instant('disabled_at'),
});

export const role = pgTable('role', {
  name: text('name').primaryKey(),
  /** Null: the role may be given to users of any tenant. */
  tenantId: text('tenant_id').references(() => tenant.id),
  creator: text('creator').notNull(),
  permissions: text('permissions')
    .array()
    .notNull()
    .default(sql`'{}'`),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const userRole = pgTable(
  'user_role',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => appUser.id, { onDelete: 'cascade' }),
    roleName: text('role_name')
      .notNull()
      .references(() => role.name, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.userId, table.roleName] }), index('user_role_role_name').on(table.roleName)],
);

export const apiKey = pgTable(
  'api_key',
  {
    id: text('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => appUser.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** SHA-256 of the digest that travels between services; never the key, never what travels. */
    digest: bytea('digest').notNull(),
    /** `im_` and the eight characters after it: shown in lists, to tell keys apart. */
    prefix: text('prefix').notNull(),
    scopes: text('scopes')
      .array()
      .notNull()
      .default(sql`'{}'`),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [index('api_key_digest').on(table.digest), index('api_key_user_id').on(table.userId)],
);
