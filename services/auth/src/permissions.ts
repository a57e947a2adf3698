import type { Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';

/**
 * Whether these permissions imply that one: `<resource>:all` implies every action of the resource, except `user:act-as`, which
 * only ever counts by name.
 */
function implies(granted: readonly string[], wanted: string): boolean {
  const [resource = ''] = wanted.split(':');
  return granted.includes(wanted) || (wanted !== 'user:act-as' && granted.includes(`${resource}:all`));
}

/** A key's scopes narrow what its user may do; no scopes narrow nothing. */
export function holds({ permissions, scopes }: Principal, wanted: string): boolean {
  return implies(permissions, wanted) && isWithinScopes({ scopes }, wanted);
}

/** For what a user may do without a permission, and a key of limited scope may not. */
export function isWithinScopes({ scopes }: Pick<Principal, 'scopes'>, wanted: string): boolean {
  return scopes.length === 0 || implies(scopes, wanted);
}

/** @throws MeshError FORBIDDEN naming the permission */
export function requirePermission(actor: Principal, wanted: string): void {
  if (!holds(actor, wanted)) throw new MeshError('FORBIDDEN', `user ${actor.subject} has no permission ${wanted}`);
}

/**
 * Nobody hands out, or has power over, more than it holds itself.
 *
 * @param field what of the request asks for them
 * @throws MeshError FORBIDDEN; `details` name what is missing
 */
export function requireAll(actor: Principal, wanted: readonly string[], field?: string): void {
  const missing = [...new Set(wanted.filter((permission) => !holds(actor, permission)))];
  if (missing.length > 0)
    throw new MeshError('FORBIDDEN', `user ${actor.subject} does not hold ${missing.join(', ')}`, {
      details: missing,
      ...(field === undefined ? {} : { field }),
    });
}
