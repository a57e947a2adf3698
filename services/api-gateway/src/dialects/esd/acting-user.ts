import type { JobAccess, Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../permissions.js';
import type { UserDirectory } from '../../user-directory.js';
import type { EsdCaller } from './esd-parts.js';

export interface ActingUser {
  readonly name: string;
  readonly roles: readonly string[];
  /** What the request may do: what both the key and this user may. */
  readonly principal: Principal;
}

/**
 * The user a request acts for: the key's own, or the one it names when the key may act for others. What is open to the request is
 * what is open to that user.
 *
 * @throws MeshError FORBIDDEN; BAD_REQUEST in ESD's words when there is no such user
 */
export async function actingUser(
  users: UserDirectory,
  principal: Principal,
  named: string | undefined,
): Promise<ActingUser> {
  try {
    const acting = named === undefined ? principal : await asUser(users, principal, named);
    return { name: acting.subject, roles: acting.roles, principal: acting };
  } catch (error) {
    if (!isUnknownUser(error)) throw error;
    throw new MeshError('BAD_REQUEST', `user: "${named ?? ''}" not exist`, { field: 'user_id', cause: error });
  }
}

/**
 * The key on behalf of a user: with its name, roles and permissions, and no further than the key itself reaches.
 *
 * @throws MeshError FORBIDDEN for a key without `user:act-as`; NOT_FOUND for an unknown or disabled user
 */
export async function asUser(users: UserDirectory, principal: Principal, named: string): Promise<Principal> {
  if (named === principal.subject) return principal;
  refuseStranger(principal, named);
  const { userId, roles, permissions } = await users.get(principal.tenantId, named);
  return {
    ...principal,
    userId,
    subject: named,
    roles: [...roles],
    permissions: [...permissions],
    scopes: reachOf(principal),
  };
}

export function isUnknownUser(error: unknown): boolean {
  return error instanceof MeshError && error.code === 'NOT_FOUND';
}

/** The user of the headers, else the key's own. @throws MeshError why the headers' user cannot act */
export function actorOf({ user }: EsdCaller): Principal {
  if (user instanceof MeshError) throw user;
  return user;
}

/** Everything that permissions and scopes allow together, as one list; never empty for a key that may act for others. */
function reachOf({ permissions, scopes }: Principal): string[] {
  if (scopes.length === 0) return [...permissions];
  const allowed = (granted: string[], permission: string): boolean =>
    isAllowed({ permissions: granted, scopes: [] }, permission);
  return [
    ...permissions.filter((permission) => allowed(scopes, permission)),
    ...scopes.filter((scope) => allowed(permissions, scope)),
  ];
}

function refuseStranger(principal: Principal, named: string): void {
  if (isAllowed(principal, 'user:act-as')) return;
  throw new MeshError(
    'FORBIDDEN',
    `this key belongs to ${principal.subject} and may not act for user "${named}": leave the user out or use a key with user:act-as`,
  );
}

/** Who may act for others reaches all jobs of the tenant; anybody else their own. */
export function jobAccessOf(principal: Principal): JobAccess {
  return { tenantId: principal.tenantId, subject: principal.subject, anyOwner: isAllowed(principal, 'user:act-as') };
}
