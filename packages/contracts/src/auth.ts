import { z } from 'zod';
import { defineCall } from './call-contract.js';

/** What a credential stands for, whatever dialect it came by. */
export const principal = z.object({
  tenantId: z.string().min(1),
  userId: z.string().min(1),
  /** User name. */
  subject: z.string().min(1),
  keyId: z.string().min(1),
  roles: z.array(z.string()),
  /** Union over the roles, `<resource>:<action>`. */
  permissions: z.array(z.string()),
  /** When not empty, only what these allow as well. */
  scopes: z.array(z.string()),
  /** The tenant's share of a busy endpoint. */
  weight: z.number().int().min(1),
});
export type Principal = z.infer<typeof principal>;

/** A secret on its way through Redis, sealed with a key that both ends derive from the pepper. */
const sealed = z.string().min(1).max(4096);

const name = z.string().min(1).max(100);
/** `<resource>:<action>`. */
export const permissionText = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$/u, 'must look like resource:action');

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters, to tell keys apart. */
  prefix: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type KeyView = z.infer<typeof keyView>;

export const userView = z.object({
  name: z.string(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  creator: z.string(),
  hasPassword: z.boolean(),
  createdAt: z.iso.datetime(),
  disabledAt: z.iso.datetime().nullable(),
});
export type UserView = z.infer<typeof userView>;

export const roleView = z.object({
  name: z.string(),
  permissions: z.array(z.string()),
  creator: z.string(),
  createdAt: z.iso.datetime(),
});
export type RoleView = z.infer<typeof roleView>;

const call = <Request extends z.ZodType, Response extends z.ZodType>(
  verb: string,
  request: Request,
  response: Response,
) => defineCall({ name: `auth.${verb}`, queue: 'auth', version: 1, request, response });

/** @throws UNAUTHENTICATED for a key that is unknown, expired or revoked, or whose user is disabled */
export const verifyKey = call(
  'verify',
  /** HMAC-SHA256 of the raw key under the pepper, hex. */
  z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/u) }),
  z.object({
    principal,
    /** When the key ends by itself. */
    expiresAt: z.iso.datetime().nullable().default(null),
  }),
);

/** A user of the tenant, for a key that acts for it. `userId` and `permissions` are left out by an auth of an earlier release. @throws NOT_FOUND for a name that is unknown or disabled */
export const resolveUser = call(
  'resolveUser',
  z.object({ tenantId: z.string().min(1), name: z.string().min(1).max(200) }),
  z.object({
    name: z.string(),
    roles: z.array(z.string()),
    userId: z.string().default(''),
    permissions: z.array(z.string()).default([]),
  }),
);

const newKey = {
  name,
  scopes: z.array(permissionText).max(100).default([]),
  expiresInSeconds: z.number().int().positive().max(315_360_000).optional(),
};

/** For the actor itself, or with `key:all` and `user:act-as` for another user. Scopes can only narrow. The raw key is in this answer and nowhere else. */
export const createKey = call(
  'createKey',
  z.object({ actor: principal, user: name.optional(), ...newKey }),
  z.object({ key: keyView, sealedKey: sealed }),
);

/** A first key by name and password. @throws UNAUTHENTICATED, QUOTA_EXCEEDED after many wrong tries */
export const login = call(
  'login',
  z.object({
    user: name,
    sealedPassword: sealed,
    /** The address that asks: wrong tries count by it. */
    from: z.string().max(100).default(''),
    ...newKey,
  }),
  z.object({ key: keyView, sealedKey: sealed }),
);

/** The actor's keys; with `key:all` those of the whole tenant. A key of limited scope without `key:list` sees itself alone. */
export const listKeys = call('listKeys', z.object({ actor: principal }), z.object({ keys: z.array(keyView) }));

/**
 * One of the actor's keys, or with `key:all` one of a user who may do no more than the actor. A key of limited scope without
 * `key:delete` ends itself alone.
 *
 * @throws NOT_FOUND, also for a key out of reach; FORBIDDEN for a key of a mightier user
 */
export const revokeKey = call('revokeKey', z.object({ actor: principal, id: z.string() }), z.object({ key: keyView }));

/**
 * Makes a user or changes its password and roles; `null` takes the password away. Nobody hands out permissions that it does not
 * hold.
 *
 * @throws FORBIDDEN without `field`: no permission to manage users; of `roles`: they permit what `details` name and the actor
 * does not hold; of `name`: the user is out of the actor's reach. NOT_FOUND of `roles`, `details` name them
 */
export const putUser = call(
  'putUser',
  z.object({
    actor: principal,
    name,
    sealedPassword: sealed.nullable().optional(),
    roles: z.array(name).max(20).optional(),
  }),
  z.object({ user: userView, created: z.boolean() }),
);

/**
 * Makes a user an administrator again and again: with the role that can do everything, and no other. For the first one; once
 * there is one, for administrators alone.
 *
 * @throws FORBIDDEN
 */
export const putAdministrator = call(
  'putAdministrator',
  z.object({
    actor: principal,
    name,
    sealedPassword: sealed.nullable().optional(),
    /** Further roles to be there, each with what an ESD administrator holds. */
    besides: z.array(name).max(5).default([]),
  }),
  z.object({ user: userView, created: z.boolean() }),
);

/** In order of names, as many as fit one message. */
export const listUsers = call(
  'listUsers',
  /** `after`: the last name of the answer before. */
  z.object({ actor: principal, after: z.string().optional() }),
  z.object({ users: z.array(userView), isLast: z.boolean() }),
);

export const deleteUsers = call(
  'deleteUsers',
  z.object({ actor: principal, names: z.array(name).min(1).max(100) }),
  z.object({ deleted: z.array(z.string()) }),
);

/**
 * Makes a role or changes what it permits; the actor becomes its creator.
 *
 * @throws FORBIDDEN without `field`: no permission to make roles; of `permissions`: the actor does not hold what `details` name;
 * of `name`: the role is out of the actor's reach
 */
export const putRole = call(
  'putRole',
  z.object({ actor: principal, name, permissions: z.array(permissionText).min(1).max(100) }),
  z.object({ role: roleView, created: z.boolean() }),
);

/**
 * With `role:all` every role of the tenant, with `role:list` those that the actor made or has; in order of names, as many as fit one
 * message. @throws FORBIDDEN
 */
export const listRoles = call(
  'listRoles',
  /** `after`: the last name of the answer before. */
  z.object({ actor: principal, after: z.string().optional() }),
  z.object({ roles: z.array(roleView), isLast: z.boolean() }),
);

/** Takes the roles away from everybody who has them. Names that do not exist are passed over. */
export const deleteRoles = call(
  'deleteRoles',
  z.object({ actor: principal, names: z.array(name).min(1).max(100) }),
  z.object({ deleted: z.array(z.string()) }),
);
