import { MeshError } from '@infermesh/errors';
import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { anyObject, anyQuery, endpointParams } from '../endpoint-request.js';
import type { JsonFields } from '../jobs/job-answer.js';
import { keyOf } from './request-credentials.js';

type LoginRequest = Pick<DialectRequest<undefined>, 'search'> & { readonly params: { readonly endpoint: string } };

/** Dossier 1.3: `/<endpoint>/login`. The query alone counts, also of a POST, whose body may be empty or nothing. */
export function loginRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const shared = {
    path: '/:endpoint/login',
    params: endpointParams,
    query: anyQuery,
    answers: { 200: anyObject },
    errors: ['ENDPOINT_NOT_FOUND'],
    handler: (request: LoginRequest) => login(parts, request),
  } as const;
  return [
    route.open({ ...shared, method: 'GET', operationId: 'Login' }),
    route.open({ ...shared, method: 'POST', operationId: 'LoginByPost', body: z.unknown() }),
  ];
}

async function login(
  { catalogue, clients }: AimeParts,
  { params, search }: LoginRequest,
): Promise<JsonAnswer<200, JsonFields>> {
  const endpoint = catalogue.get(params.endpoint);
  const key = keyOf(search.get('key'));
  try {
    return jsonAnswer(200, {
      success: true,
      ep_version: endpoint.definition.version,
      client_session_auth_key: await clients.login(endpoint, { user: search.get('user'), key }),
      key,
    });
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'UNAUTHENTICATED') throw error;
    return jsonAnswer(200, { success: false, error: error.message, ep_version: endpoint.definition.version });
  }
}
