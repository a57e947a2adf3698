import { deleteEndpoints } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { isAllowed } from '../../../permissions.js';
import { everyEndpoint } from '../../../every-endpoint.js';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { actingUser, actorOf, type ActingUser } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';
import { isOpenTo, requireAny } from '../permission-checks.js';
import { rulesOf, type VersionRules } from '../version-rules.js';
import { statusWords } from './endpoint-view.js';

const nameList = z.array(z.string().min(1).max(100)).min(1).max(10);

/** Clients send `endpoint_name_list`, the public document says `delete_endpoint_list`. */
function deleteEndpointsBody({ hasAuthorizer }: VersionRules) {
  return z
    .object({
      endpoint_name_list: nameList.optional(),
      delete_endpoint_list: nameList.optional(),
      username: hasAuthorizer ? accountName : accountName.optional(),
    })
    .refine(hasList, {
      path: ['endpoint_name_list'],
      when: ({ value }) => typeof value === 'object' && value !== null,
    });
}

function hasList(body: { readonly endpoint_name_list?: unknown; readonly delete_endpoint_list?: unknown }): boolean {
  return body.endpoint_name_list !== undefined || body.delete_endpoint_list !== undefined;
}

const permissions = ['sagemaker_endpoint:all', 'sagemaker_endpoint:create'];

/** Dossier 7: unknown names are passed over. An endpoint that is just being made is not deleted. */
export function deleteEndpointsRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'DELETE',
    path: '/endpoints',
    operationId: 'DeleteEndpoints',
    summary:
      'Ends endpoints and their workers. Needs sagemaker_endpoint:all, or sagemaker_endpoint:create for those open to the user.',
    permission: 'any key',
    body: deleteEndpointsBody(rules),
    answers: { 204: emptyDocs(messageBody(204)) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const { endpoint_name_list, delete_endpoint_list, username } = request.body;
      const user = await userOf(parts, request.caller, username);
      requireAny(user.principal, permissions);
      const names = [...new Set([...(endpoint_name_list ?? []), ...(delete_endpoint_list ?? [])])];
      await remove(parts, user, names, request);
      return emptyAnswer(204);
    },
  });
}

/** 1.4 names the user in the body, later releases in the headers. */
async function userOf(parts: EsdParts, caller: EsdCaller, username: string | undefined): Promise<ActingUser> {
  const actor = actorOf(caller);
  if (rulesOf(parts).hasAuthorizer) return actingUser(parts.users, caller.principal, username);
  return { name: actor.subject, roles: actor.roles, principal: actor };
}

async function remove(
  { jobQueue }: EsdParts,
  user: ActingUser,
  names: readonly string[],
  scope: CallScope,
): Promise<void> {
  const { tenantId } = user.principal;
  const endpoints = await everyEndpoint(jobQueue, { tenantId }, scope);
  const isInReach = isAllowed(user.principal, 'sagemaker_endpoint:all')
    ? (): boolean => true
    : (tags: readonly string[]): boolean => isOpenTo(tags, user);
  const found = endpoints.filter(({ name, ownerRoles }) => names.includes(name) && isInReach(ownerRoles));
  const unfinished = found.find(({ status }) => status === 'creating');
  if (unfinished !== undefined) {
    const text = `Cannot delete endpoint "${unfinished.name}" with status: ${statusWords[unfinished.status]}`;
    throw new MeshError('BAD_REQUEST', text);
  }
  if (found.length === 0) return;
  await callService(jobQueue, deleteEndpoints, { tenantId, names: found.map(({ name }) => name) }, scope);
}
