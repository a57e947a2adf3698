import type { JobAccess, Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../permissions.js';

/**
 * The user a request acts for: the key's own, or the one it names when the key may act for others.
 *
 * @throws MeshError FORBIDDEN
 */
export function actingUser(principal: Principal, named: string | undefined): string {
  if (named === undefined || named === principal.subject) return principal.subject;
  if (isAllowed(principal, 'user:act-as')) return named;
  throw new MeshError(
    'FORBIDDEN',
    `this key belongs to ${principal.subject} and may not act for user "${named}": leave the user out or use a key with user:act-as`,
  );
}

/** A key that may act for others reaches all jobs of its tenant; any other its own user's. */
export function jobAccessOf(principal: Principal): JobAccess {
  return { tenantId: principal.tenantId, subject: principal.subject, anyOwner: isAllowed(principal, 'user:act-as') };
}
