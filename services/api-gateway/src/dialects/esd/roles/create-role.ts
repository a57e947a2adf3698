import { permissionText, putRole, type Principal } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { creatorField, creatorOf } from '../creator.js';
import { functionAnswer, messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';

const permissions = ['role:all', 'role:create'];

/** Dossier 5: makes a role or overwrites it. */
export function createRoleRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'POST',
    path: '/roles',
    operationId: 'CreateRole',
    summary: 'Makes a role or changes it. Needs role:create, and every permission that the role gives.',
    permission: 'any key',
    body: z.object({
      role_name: accountName,
      permissions: z.array(permissionText.min(1)).min(1).max(20),
      creator: creatorField(rules),
    }),
    answers: { 201: messageBody(201) },
    errors: ['FORBIDDEN', 'CONFLICT'],
    handler: async (request) => {
      const { role_name: name, permissions: wanted, creator } = request.body;
      const actor = await creatorOf(parts, request.caller, creator);
      if (!rules.hasAuthorizer) requireAny(actor, permissions);
      else if (!holdsAny(actor, permissions))
        throw new MeshError('BAD_REQUEST', `creator ${actor.subject} not have permission to create role`);
      const write = callService(parts.jobQueue, putRole, { actor, name, permissions: wanted }, request);
      await write.catch((error: unknown) => {
        throw inWords(error, actor, name);
      });
      parts.keys.forgetAll(); // this gateway need not wait for the news
      parts.users.forgetAll();
      return functionAnswer(201, undefined, 'role created');
    },
  });
}

function inWords(error: unknown, { subject }: Principal, name: string): unknown {
  if (!(error instanceof MeshError) || error.code !== 'FORBIDDEN') return error;
  const text =
    error.field === 'permissions'
      ? `creator ${subject} have not permission to create role with permission: [${error.details.join(', ')}]`
      : `creator ${subject} not have permission to update role ${name}`;
  return new MeshError('BAD_REQUEST', text, { cause: error });
}
