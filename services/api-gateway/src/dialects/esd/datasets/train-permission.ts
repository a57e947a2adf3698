import type { Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { holdsAny, requireAny } from '../permission-checks.js';
import type { VersionRules } from '../version-rules.js';

/** Datasets and trainings are one resource. @throws MeshError BAD_REQUEST in the words of 1.4, FORBIDDEN in those of 1.5 */
export function requireTraining(actor: Principal, action: 'create' | 'list', { hasAuthorizer }: VersionRules): void {
  const permissions = ['train:all', `train:${action}`];
  if (!hasAuthorizer) requireAny(actor, permissions);
  else if (!holdsAny(actor, permissions)) throw new MeshError('BAD_REQUEST', 'user has no permission to train');
}
