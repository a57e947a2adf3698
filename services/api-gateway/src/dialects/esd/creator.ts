import type { Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { z } from 'zod';
import { actorOf, asUser, isUnknownUser } from './acting-user.js';
import type { EsdCaller, EsdParts } from './esd-parts.js';
import { accountName } from './names.js';
import { rulesOf, type VersionRules } from './version-rules.js';

/** The field `creator` of a body: needed in 1.4, not looked at from 1.5 on. */
export function creatorField({ hasAuthorizer }: VersionRules): z.ZodType<string | undefined> {
  return hasAuthorizer ? accountName : accountName.optional().catch(undefined);
}

/**
 * Who acts: in 1.4 the creator that the body names, as far as the key may act for it, later the user of the headers.
 *
 * @throws MeshError FORBIDDEN; BAD_REQUEST `creator ghost not exist`; why the headers' user cannot act
 */
export async function creatorOf(parts: EsdParts, caller: EsdCaller, creator: string | undefined): Promise<Principal> {
  const actor = actorOf(caller);
  if (!rulesOf(parts).hasAuthorizer || creator === undefined) return actor;
  try {
    return await asUser(parts.users, caller.principal, creator);
  } catch (error) {
    if (!isUnknownUser(error)) throw error;
    throw new MeshError('BAD_REQUEST', `creator ${creator} not exist`, { field: 'creator', cause: error });
  }
}
