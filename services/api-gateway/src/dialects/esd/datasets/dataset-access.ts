import type { DatasetAccess, DatasetView, Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { isAllowed } from '../../../permissions.js';
import { isOpenTo } from '../permission-checks.js';

/** What a user may see and change: what is open to it (dossier 11); with `user:all` everything, as among checkpoints. */
export function datasetAccessOf(actor: Principal): DatasetAccess {
  return {
    tenantId: actor.tenantId,
    subject: actor.subject,
    roles: actor.roles,
    seesAll: isAllowed(actor, 'user:all'),
  };
}

export function isSeenBy(actor: Principal, { owner, allowedRoles }: DatasetView): boolean {
  const { subject: name, roles, seesAll } = datasetAccessOf(actor);
  return seesAll || owner === name || isOpenTo(allowedRoles, { name, roles });
}

/** In ESD's words, whatever was to be done with it. */
export function notOpen(cause?: unknown): MeshError {
  return new MeshError('FORBIDDEN', 'no permission to view dataset', { cause });
}
