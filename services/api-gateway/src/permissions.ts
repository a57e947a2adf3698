import type { Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

/** `<resource>:all` implies every action of that resource, except `user:act-as`, which is only ever given by name. */
export function isAllowed(
  { permissions, scopes }: Pick<Principal, 'permissions' | 'scopes'>,
  permission: string,
): boolean {
  const within = (granted: readonly string[]): boolean =>
    granted.includes(permission) ||
    (permission !== 'user:act-as' && granted.includes(`${permission.split(':')[0] ?? ''}:all`));
  return within(permissions) && (scopes.length === 0 || within(scopes));
}

/** @throws MeshError FORBIDDEN naming the permission */
export function requirePermission(principal: Principal, permission: string): void {
  if (isAllowed(principal, permission)) return;
  throw new MeshError('FORBIDDEN', `User ${principal.subject} has no permissions: ['${permission}']`);
}
