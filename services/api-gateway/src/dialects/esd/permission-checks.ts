import type { Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../permissions.js';

/** @throws MeshError FORBIDDEN in the words of 1.5: `User mia has no permissions: ['role:all', 'role:list']` */
export function requireAny(actor: Principal, permissions: readonly string[]): void {
  if (holdsAny(actor, permissions)) return;
  const listed = permissions.map((permission) => `'${permission}'`).join(', ');
  throw new MeshError('FORBIDDEN', `User ${actor.subject} has no permissions: [${listed}]`);
}

export function holdsAny(actor: Principal, permissions: readonly string[]): boolean {
  return permissions.some((permission) => isAllowed(actor, permission));
}

/** ESD's access lists: true for an empty list, `*`, the user's name, or one of its roles (dossier 3). */
export function isOpenTo(
  tags: readonly string[],
  { name, roles }: { readonly name: string; readonly roles: readonly string[] },
): boolean {
  return tags.length === 0 || tags.some((tag) => tag === '*' || tag === name || roles.includes(tag));
}
