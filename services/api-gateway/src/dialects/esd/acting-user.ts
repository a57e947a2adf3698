import type { JobAccess, Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../permissions.js';
import type { UserDirectory } from '../../user-directory.js';

export interface ActingUser {
  readonly name: string;
  readonly roles: readonly string[];
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
  const { subject, roles, tenantId } = principal;
  if (named === undefined || named === subject) return { name: subject, roles };
  refuseStranger(principal, named);
  try {
    return { name: named, roles: await users.rolesOf(tenantId, named) };
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'NOT_FOUND') throw error;
    throw new MeshError('BAD_REQUEST', `user: "${named}" not exist`, { field: 'user_id', cause: error });
  }
}

function refuseStranger(principal: Principal, named: string): void {
  if (isAllowed(principal, 'user:act-as')) return;
  throw new MeshError(
    'FORBIDDEN',
    `this key belongs to ${principal.subject} and may not act for user "${named}": leave the user out or use a key with user:act-as`,
  );
}

/** A key that may act for others reaches all jobs of its tenant; any other its own user's. */
export function jobAccessOf(principal: Principal): JobAccess {
  return { tenantId: principal.tenantId, subject: principal.subject, anyOwner: isAllowed(principal, 'user:act-as') };
}
