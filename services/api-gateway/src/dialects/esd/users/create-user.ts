import { putAdministrator, putUser, type Principal } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { creatorField, creatorOf } from '../creator.js';
import { functionAnswer, functionBody, messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';
import { holdsAny, requireAny } from '../permission-checks.js';
import { rulesOf, type VersionRules } from '../version-rules.js';

const administratorRole = 'IT Operator';
/** What 1.5 and later have beside it. */
const secondRole = 'byoc';

const madeAdministrator = z.object({
  user: z.object({ username: z.string(), roles: z.array(z.string()) }),
  all_roles: z.array(z.string()),
});

function createUserBody(rules: VersionRules) {
  return z.object({
    username: accountName,
    password: z
      .string()
      .min(rules.isTraced ? 0 : 1)
      .max(1000)
      .optional(),
    creator: creatorField(rules),
    roles: z.array(accountName).min(1).max(20).optional(),
    initial: z.boolean().default(false),
  });
}
type Body = z.output<ReturnType<typeof createUserBody>>;

/** Dossier 5: makes a user or changes its password and roles. `initial` makes an administrator, without `creator` being asked. */
export function createUserRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'POST',
    path: '/users',
    operationId: 'CreateUser',
    summary:
      'Makes a user or changes it. Needs user:create, and every permission that its roles give. `initial` makes an administrator: for administrators, or while there is none.',
    permission: 'any key',
    body: createUserBody(rules),
    answers: { 201: z.union([functionBody(201, madeAdministrator), messageBody(201)]).meta({ id: 'CreatedUser' }) },
    errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
    handler: async (request) => {
      const { body, caller } = request;
      const allRoles = rules.hasAuthorizer ? [administratorRole] : [administratorRole, secondRole];
      if (body.initial) await bootstrap(parts, caller.principal, body, request);
      else await write(parts, await creatorOf(parts, caller, body.creator), body, request);
      parts.keys.forgetAll();
      parts.users.forgetAll();
      if (!body.initial) return functionAnswer(201, undefined);
      const user = { username: body.username, roles: [administratorRole] };
      return functionAnswer(201, { user, all_roles: allRoles });
    },
  });
}

async function bootstrap(parts: EsdParts, actor: Principal, body: Body, scope: CallScope): Promise<void> {
  const besides = rulesOf(parts).hasAuthorizer ? [] : [secondRole];
  const wanted = { actor, name: body.username, besides, ...sealedPassword(parts, body.password) };
  await callService(parts.jobQueue, putAdministrator, wanted, scope);
}

const permissions = ['user:all', 'user:create'];

async function write(parts: EsdParts, actor: Principal, body: Body, scope: CallScope): Promise<void> {
  if (!rulesOf(parts).hasAuthorizer) requireAny(actor, permissions);
  else if (!holdsAny(actor, permissions))
    throw new MeshError('FORBIDDEN', `creator ${actor.subject} does not have permission to manage the user`);
  const wanted = {
    actor,
    name: body.username,
    ...(body.roles === undefined ? {} : { roles: body.roles }),
    ...sealedPassword(parts, body.password),
  };
  await callService(parts.jobQueue, putUser, wanted, scope).catch((error: unknown) => {
    throw inWords(error, actor, body.username);
  });
}

/** ESD takes any password, because none opens anything there. Here one opens a login, so a short one is not kept. */
const leastPasswordLength = 8;

function sealedPassword({ pepper }: EsdParts, password: string | undefined): { sealedPassword?: string | null } {
  if (password === undefined) return {};
  return { sealedPassword: password.length < leastPasswordLength ? null : new Seal(pepper).close(password) };
}

function inWords(error: unknown, { subject }: Principal, username: string): unknown {
  if (!(error instanceof MeshError)) return error;
  const { code, field, details } = error;
  if (code === 'NOT_FOUND')
    return new MeshError('BAD_REQUEST', `user roles "${details.join(', ')}" not exist`, {
      field: 'roles',
      cause: error,
    });
  if (code !== 'FORBIDDEN') return error;
  if (field === 'roles') {
    const text = `creator has no permission to assign permission [${details.join(', ')}] to others`;
    return new MeshError('FORBIDDEN', text, { cause: error });
  }
  const text = `username ${username} has already exists, creator ${subject} does not have permissions to change it`;
  return new MeshError('BAD_REQUEST', text, { cause: error });
}
