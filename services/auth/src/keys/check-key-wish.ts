import type { Principal } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';
import { requireAll, requirePermission } from '../permissions.js';
import { getUser } from '../users/user-rows.js';

export interface AllowedKey {
  readonly userId: string;
  /** What the key will be limited to; empty for no limit. */
  readonly narrowed: readonly string[];
}

/**
 * No key can do more than the one that made it: a key of limited scope makes only keys within it, and who makes a key
 * for somebody else may act for others and holds everything that it will allow.
 *
 * @throws MeshError FORBIDDEN; NOT_FOUND when there is no such user
 */
export async function checkKeyWish(
  db: Sql,
  actor: Principal,
  userName: string,
  scopes: readonly string[],
): Promise<AllowedKey> {
  const isOwn = userName === actor.subject;
  if (!isOwn) requireAll(actor, ['key:all', 'user:act-as']);
  else if (actor.scopes.length > 0) requirePermission({ ...actor, permissions: actor.scopes }, 'key:create');

  const user = await getUser(db, actor.tenantId, userName);
  const narrowed = scopes.length === 0 ? actor.scopes : scopes;
  requireAll(actor, isOwn || narrowed.length > 0 ? narrowed : user.permissions);
  return { userId: user.id, narrowed };
}
