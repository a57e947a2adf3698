import type { CheckpointAccess, Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../../permissions.js';
import { actingUser, actorOf } from '../acting-user.js';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';

const createPermissions = ['checkpoint:all', 'checkpoint:create'];

/** What a user may see and change: `user:all` sees everything (dossier 6.4), `checkpoint:all` changes those of others too. */
export function accessOf(actor: Principal): CheckpointAccess {
  return {
    tenantId: actor.tenantId,
    subject: actor.subject,
    roles: actor.roles,
    seesAll: isAllowed(actor, 'user:all'),
    changesAll: isAllowed(actor, 'checkpoint:all'),
  };
}

/**
 * Who makes a checkpoint: in 1.4 `params.creator`, as far as the key may act for it, later the user of the headers.
 *
 * @throws MeshError BAD_REQUEST `user: "ghost" not exist`; when it may not: 400 in 1.4, 403 later; FORBIDDEN for a key that may not
 * act for it
 */
export async function checkpointCreator(
  parts: EsdParts,
  caller: EsdCaller,
  named: string | undefined,
): Promise<Principal> {
  if (!rulesOf(parts).hasAuthorizer) {
    const actor = actorOf(caller);
    requireAny(actor, createPermissions);
    return actor;
  }
  const { principal } = await actingUser(parts.users, caller.principal, named);
  if (!holdsAny(principal, createPermissions))
    throw new MeshError('BAD_REQUEST', 'user has no permissions to create a model');
  return principal;
}
