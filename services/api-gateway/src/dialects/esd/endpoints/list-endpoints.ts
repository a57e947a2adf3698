import type { EndpointView, Principal } from '@infermesh/contracts';
import type { Route } from '@infermesh/http';
import { z } from 'zod';
import { everyEndpoint } from '../../../every-endpoint.js';
import { isAllowed } from '../../../permissions.js';
import { actingUser, actorOf } from '../acting-user.js';
import { functionAnswer, functionBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { cutPage, nextKey, pageQuery } from '../page.js';
import { isOpenTo, requireAny } from '../permission-checks.js';
import { rulesOf } from '../version-rules.js';
import { endpointKinds, endpointView, toEndpoint } from './endpoint-view.js';

const endpointList = z.object({ endpoints: z.array(endpointView), last_evaluated_key: nextKey });

/** Dossier 7. Endpoints of other dialects, and those that are being deleted, are not ESD's to show. */
export function listEndpointsRoute(parts: EsdParts): Route<EsdCaller> {
  const rules = rulesOf(parts);
  return route.keyed({
    method: 'GET',
    path: '/endpoints',
    operationId: 'ListEndpoints',
    summary:
      'With sagemaker_endpoint:all every endpoint; with sagemaker_endpoint:list and `username` those open to that user, else none.',
    permission: 'any key',
    query: z.object({
      username: z.string().max(100).optional(),
      endpointDeploymentJobId: z.string().optional(),
      ...pageQuery(rules),
    }),
    answers: { 200: functionBody(200, endpointList) },
    errors: ['FORBIDDEN'],
    handler: async (request) => {
      const { username, endpointDeploymentJobId: id, ...page } = request.query;
      const actor = actorOf(request.caller);
      if (!rules.hasAuthorizer) requireAny(actor, ['sagemaker_endpoint:all', 'sagemaker_endpoint:list']);
      const isSeen = await visibleTo(parts, request.caller, actor, username);
      const endpoints = await everyEndpoint(parts.jobQueue, { tenantId: actor.tenantId }, request);
      const shown = endpoints.filter(
        (endpoint) => isEsd(endpoint) && (id === undefined || endpoint.id === id) && isSeen(endpoint),
      );
      if (!rules.hasPages) return functionAnswer(200, { endpoints: shown.map((one) => toEndpoint(one, rules)) });
      const { items, key } = cutPage(shown.toReversed(), ({ id: itemId }) => itemId, page);
      return functionAnswer(200, { endpoints: items.map((one) => toEndpoint(one, rules)), last_evaluated_key: key });
    },
  });
}

function isEsd({ kind, status }: EndpointView): boolean {
  return (endpointKinds as readonly string[]).includes(kind) && status !== 'deleting';
}

/** @throws MeshError BAD_REQUEST for a `username` that nobody has; FORBIDDEN for one that the caller may not ask for */
async function visibleTo(
  { users }: EsdParts,
  { principal }: EsdCaller,
  actor: Principal,
  username: string | undefined,
): Promise<(endpoint: EndpointView) => boolean> {
  const named = username === undefined ? undefined : await actingUser(users, principal, username);
  if (isAllowed(actor, 'sagemaker_endpoint:all')) return () => true;
  if (named === undefined || !isAllowed(actor, 'sagemaker_endpoint:list')) return () => false;
  return ({ ownerRoles }) => isOpenTo(ownerRoles, named);
}
