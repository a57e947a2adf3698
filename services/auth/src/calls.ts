import {
  createKey,
  deleteRoles,
  deleteUsers,
  listKeys,
  listRoles,
  listUsers,
  login,
  putAdministrator,
  putRole,
  putUser,
  resolveUser,
  revokeKey,
  verifyKey,
} from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import type { Database } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { firstThatFit, handle, type CallHandler, type JobQueue } from '@infermesh/job-queue';
import type { Logger } from '@infermesh/telemetry';
import { changeTenant, hasAdministrator } from './change-tenant.js';
import { checkKeyWish } from './keys/check-key-wish.js';
import { createKeyRow } from './keys/create-key.js';
import { getKeyView, listKeyViews, revokeKeyRow } from './keys/key-rows.js';
import type { LastUsed } from './keys/last-used.js';
import { verifyKeyDigest } from './keys/verify-key.js';
import type { LoginThrottle } from './passwords/login-throttle.js';
import type { PasswordHasher } from './passwords/password-hasher.js';
import { requirePermission } from './permissions.js';
import { deleteRoleRows, listRoleViews, putRoleRow } from './roles/role-rows.js';
import { deleteUserRows, getActiveUser, listUserViews, putAdministratorRow, putUserRow } from './users/user-rows.js';

export interface AuthParts {
  readonly db: Database;
  readonly jobQueue: JobQueue;
  readonly pepper: string;
  readonly lastUsed: LastUsed;
  readonly hasher: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly logger: Logger;
}

export function authCalls(parts: AuthParts): CallHandler[] {
  return [...keyCalls(parts), ...userCalls(parts), ...roleCalls(parts)];
}

/** Gateways follow this stream and drop what they know. */
async function announceChange({ jobQueue, logger }: AuthParts): Promise<void> {
  await jobQueue.appendEvent('auth', 'changed', {}).catch((error: unknown) => {
    logger.warn({ err: error }, 'change of keys not announced: gateways notice it when their cache runs out');
  });
}

function keyCalls(parts: AuthParts): CallHandler[] {
  const { db, pepper, lastUsed } = parts;
  const seal = new Seal(pepper);
  return [
    handle(verifyKey, async ({ digest }) => {
      const verified = await verifyKeyDigest(db, digest);
      lastUsed.note(verified.principal.keyId);
      return verified;
    }),
    handle(createKey, async ({ actor, user = actor.subject, name, scopes, expiresInSeconds }) => {
      const { userId, narrowed } = await checkKeyWish(db, actor, user, scopes);
      const { id, key } = await createKeyRow(db, pepper, {
        userId,
        name,
        scopes: narrowed,
        expiresInSeconds,
        parentKeyId: actor.keyId,
      });
      parts.logger.info({ keyId: id, user, by: actor.subject }, 'key created');
      return { key: await getKeyView(db, id), sealedKey: seal.close(key) };
    }),
    handle(login, async ({ user, sealedPassword, from, name, scopes, expiresInSeconds }) => {
      const userId = await parts.throttle.attempt({ name: user, from }, () =>
        checkPassword(parts, user, seal.open(sealedPassword)),
      );
      if (userId === undefined) throw new MeshError('UNAUTHENTICATED', 'the name or the password is wrong');
      const { id, key } = await createKeyRow(db, pepper, { userId, name, scopes, expiresInSeconds });
      parts.logger.info({ keyId: id, user }, 'key created by login');
      return { key: await getKeyView(db, id), sealedKey: seal.close(key) };
    }),
    handle(listKeys, async ({ actor }) => ({ keys: await listKeyViews(db, actor) })),
    handle(revokeKey, async ({ actor, id }) => {
      const key = await revokeKeyRow(db, actor, id);
      await announceChange(parts);
      parts.logger.info({ keyId: id, by: actor.subject }, 'key revoked');
      return { key };
    }),
  ];
}

async function checkPassword({ db, hasher }: AuthParts, name: string, password: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string; password_hash: string | null }>(
    'SELECT id, password_hash FROM app_user WHERE name = $1 AND disabled_at IS NULL',
    [name],
  );
  const user = rows[0];
  return (await hasher.verify(user?.password_hash ?? null, password)) ? user?.id : undefined;
}

const minPasswordLength = 8;

function checkLength(password: string): string {
  if (password.length >= minPasswordLength) return password;
  throw new MeshError('BAD_REQUEST', `a password has at least ${String(minPasswordLength)} characters`, {
    field: 'password',
  });
}

/** What the rows are read by, at once. */
const mostListed = 1_000;

async function hashOf(
  { pepper, hasher }: AuthParts,
  sealedPassword: string | null | undefined,
): Promise<string | null | undefined> {
  if (typeof sealedPassword !== 'string') return sealedPassword;
  return hasher.hash(checkLength(new Seal(pepper).open(sealedPassword)));
}

function userCalls(parts: AuthParts): CallHandler[] {
  const { db } = parts;
  return [
    handle(putUser, async ({ actor, name, sealedPassword, roles }) => {
      if (name !== actor.subject) requirePermission(actor, 'user:create'); // before the costly hash
      const passwordHash = await hashOf(parts, sealedPassword);
      const result = await changeTenant(db, actor.tenantId, (tx) =>
        putUserRow(tx, actor, { name, passwordHash, roles }),
      );
      await announceChange(parts);
      parts.logger.info({ user: name, by: actor.subject, created: result.created }, 'user written');
      return result;
    }),
    handle(putAdministrator, async ({ actor, name, sealedPassword, besides }) => {
      if (await hasAdministrator(db, actor.tenantId)) requirePermission(actor, 'user:all'); // before the costly hash
      const passwordHash = await hashOf(parts, sealedPassword);
      const result = await changeTenant(db, actor.tenantId, (tx) =>
        putAdministratorRow(tx, actor, { name, passwordHash, besides }),
      );
      await announceChange(parts);
      parts.logger.info({ user: name, by: actor.subject, created: result.created }, 'administrator written');
      return result;
    }),
    handle(resolveUser, ({ tenantId, name }) => getActiveUser(db, tenantId, name)),
    handle(listUsers, async ({ actor, after }) => {
      const found = await listUserViews(db, actor, after);
      const users = firstThatFit(found);
      return { users, isLast: users.length === found.length && found.length < mostListed };
    }),
    handle(deleteUsers, async ({ actor, names }) => {
      const deleted = await changeTenant(db, actor.tenantId, (tx) => deleteUserRows(tx, actor, names));
      await announceChange(parts);
      parts.logger.info({ users: deleted, by: actor.subject }, 'users deleted');
      return { deleted };
    }),
  ];
}

function roleCalls(parts: AuthParts): CallHandler[] {
  const { db } = parts;
  return [
    handle(putRole, async ({ actor, name, permissions }) => {
      const result = await changeTenant(db, actor.tenantId, (tx) => putRoleRow(tx, actor, { name, permissions }));
      await announceChange(parts);
      parts.logger.info({ role: name, by: actor.subject, created: result.created }, 'role written');
      return result;
    }),
    handle(listRoles, async ({ actor, after }) => {
      const found = await listRoleViews(db, actor, after);
      const roles = firstThatFit(found);
      return { roles, isLast: roles.length === found.length && found.length < mostListed };
    }),
    handle(deleteRoles, async ({ actor, names }) => {
      const deleted = await changeTenant(db, actor.tenantId, (tx) => deleteRoleRows(tx, actor, names));
      await announceChange(parts);
      parts.logger.info({ roles: deleted, by: actor.subject }, 'roles deleted');
      return { deleted };
    }),
  ];
}
