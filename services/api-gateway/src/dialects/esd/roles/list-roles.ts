import type { RoleView } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { everyRole } from '../../../every-account.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';

const role = z.object({ role_name: z.string(), creator: z.string(), permissions: z.array(z.string()) });

const roleList = z.object({
  roles: z.array(role.meta({ id: 'Role' })),
  previous_evaluated_key: z.literal('not_applicable'),
  last_evaluated_key: z.null(),
});

const permissions = ['role:all', 'role:list'];

/** Dossier 5. */
export function listRolesRoute(parts: EsdParts): Route<EsdCaller> {
  const { jobQueue } = parts;
  const { hasAuthorizer } = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/roles',
    operationId: 'ListRoles',
    summary: 'With role:all every role, with role:list those that the user made or has, else none.',
    permission: 'any key',
    query: z.object({ role: z.string().optional() }),
    answers: { 200: functionBody(200, roleList) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      if (!hasAuthorizer) requireAny(actor, permissions);
      const known = holdsAny(actor, permissions) ? await everyRole(jobQueue, actor, request) : [];
      const asked = known.filter(({ name }) => request.query.role === undefined || name === request.query.role);
      const roles = (hasAuthorizer ? asked : asked.toReversed()).map(toRole);
      return functionAnswer(200, {
        roles,
        previous_evaluated_key: 'not_applicable' as const,
        last_evaluated_key: null,
      });
    },
  });
}

function toRole({ name, creator, permissions: permitted }: RoleView): z.input<typeof role> {
  return { role_name: name, creator, permissions: permitted };
}
