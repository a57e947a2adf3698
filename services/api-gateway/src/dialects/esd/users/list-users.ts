import type { Principal, UserView } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { everyUser } from '../../../every-account.js';
import { actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf, type VersionRules } from '../version-rules.js';

const user = z.object({
  username: z.string(),
  roles: z.array(z.string()),
  creator: z.string(),
  permissions: z.array(z.string()),
  password: z.string(),
});

const userList = z.object({
  users: z.array(user.meta({ id: 'User' })),
  previous_evaluated_key: z.literal('not_applicable'),
  last_evaluated_key: z.literal('not_applicable'),
});

const query = z.object({ username: z.string().optional(), show_password: z.string().optional() });

const permissions = ['user:all', 'user:list'];

/** Dossier 5. No password is ever shown, whatever `show_password` says: none is kept that could be. */
export function listUsersRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/users',
    operationId: 'ListUsers',
    summary: 'The user itself; with user:list those it made as well, with user:all everybody.',
    permission: 'any key',
    query,
    answers: { 200: functionBody(200, userList) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const actor = actorOf(request.caller);
      if (!rules.hasAuthorizer) requireAny(actor, permissions);
      const users = await everyUser(parts.jobQueue, actor, request);
      const { username } = request.query;
      const asked = users.filter(
        (view) => isVisible(actor, view) && (username === undefined || view.name === username),
      );
      return functionAnswer(200, {
        users: (rules.hasAuthorizer ? asked : asked.toReversed()).map((view) => toUser(view, rules)),
        previous_evaluated_key: 'not_applicable' as const,
        last_evaluated_key: 'not_applicable' as const,
      });
    },
  });
}

function isVisible(actor: Principal, { name }: UserView): boolean {
  return name === actor.subject || holdsAny(actor, permissions);
}

function toUser(
  { name, roles, creator, permissions: held, hasPassword }: UserView,
  rules: VersionRules,
): z.input<typeof user> {
  const password = hasPassword || rules.hasAuthorizer ? '********' : '*';
  return { username: name, roles, creator, permissions: held.toSorted(), password };
}
