import { jsonAnswer, type DialectRequest, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { route, type AimeCaller, type AimeParts } from '../aime-parts.js';
import { keyOf } from '../clients/request-credentials.js';
import { anyObject, anyQuery } from '../endpoint-request.js';
import type { JsonFields } from '../jobs/job-answer.js';

type KeyRequest = Pick<DialectRequest<undefined>, 'search'>;

/** Dossier 1.2: the names of endpoints, and whether a key is one. The query alone counts. */
export function listingRoutes(parts: AimeParts): Route<AimeCaller>[] {
  const list = {
    path: '/api/endpoints',
    query: anyQuery,
    answers: { 200: anyObject, 401: anyObject },
    handler: (request: KeyRequest) => listEndpoints(parts, request),
  } as const;
  const validate = {
    path: '/api/validate_key',
    query: anyQuery,
    answers: { 200: anyObject },
    handler: (request: KeyRequest) => validateKey(parts, request),
  } as const;
  return [
    route.open({ ...list, method: 'GET', operationId: 'ListEndpoints' }),
    route.open({ ...list, method: 'POST', operationId: 'ListEndpointsByPost', body: z.unknown(), bodyBytes: 65_536 }),
    route.open({ ...validate, method: 'GET', operationId: 'ValidateKey' }),
    route.open({ ...validate, method: 'POST', operationId: 'ValidateKeyByPost', body: z.unknown(), bodyBytes: 65_536 }),
  ];
}

async function listEndpoints(
  { catalogue, clients }: AimeParts,
  { search }: KeyRequest,
): Promise<JsonAnswer<200, JsonFields> | JsonAnswer<401, JsonFields>> {
  const key = keyOf(search.get('key'));
  const opened = key === null ? catalogue.all : await clients.openedBy(key);
  if (opened === undefined) return jsonAnswer(401, { error: 'Key not valid' });
  return jsonAnswer(200, { endpoints: opened.map(({ definition }) => definition.name) });
}

async function validateKey({ clients }: AimeParts, { search }: KeyRequest): Promise<JsonAnswer<200, JsonFields>> {
  const key = keyOf(search.get('key'));
  const isValid = key !== null && (await clients.isValid(key));
  return jsonAnswer(200, isValid ? { success: true, error: null } : { success: false, error: 'Key not valid' });
}
