import { z } from 'zod';

const texts = z.array(z.string()).readonly();
/** ISO 8601, UTC; null for never. */
const moment = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

export const newKeyShape = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** The secret itself. */
  key: z.string().min(1),
  /** The part that lists show. */
  prefix: z.string(),
  scopes: texts,
  createdAt: z.string(),
  expiresAt: moment,
});
export type NewApiKey = Readonly<z.output<typeof newKeyShape>>;

export const keyListShape = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      prefix: z.string(),
      user: z.string(),
      scopes: texts,
      createdAt: z.string(),
      expiresAt: moment,
      lastUsedAt: moment,
      revokedAt: moment,
    }),
  ),
});
export type ApiKeyInfo = Readonly<z.output<typeof keyListShape>['keys'][number]>;

export const userListShape = z.object({
  users: z.array(
    z.object({ name: z.string(), roles: texts, creator: moment, createdAt: z.string(), disabledAt: moment }),
  ),
});
export type UserInfo = Readonly<z.output<typeof userListShape>['users'][number]>;

export const savedUserShape = z.object({ name: z.string(), roles: texts });
export type SavedUser = Readonly<z.output<typeof savedUserShape>>;

export const identityShape = z.object({
  user: z.string(),
  tenant: z.string(),
  keyId: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  permissions: texts,
  scopes: texts,
});
export type Identity = Readonly<z.output<typeof identityShape>>;
