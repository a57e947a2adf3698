import { MeshError } from '@infermesh/errors';
import type { RequestHead } from '@infermesh/http';
import type { AimeCaller, AimeParts } from '../aime-parts.js';
import { eitherInput, endpointNameOf, isObject } from '../endpoint-request.js';
import { credentialsOf } from './request-credentials.js';

/**
 * The client of a request to an endpoint, by the key or session among its parameters.
 *
 * @throws MeshError ENDPOINT_NOT_FOUND, BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN
 */
export async function authenticate(
  { catalogue, clients }: Pick<AimeParts, 'catalogue' | 'clients'>,
  request: RequestHead,
  body: unknown,
): Promise<AimeCaller> {
  const endpoint = catalogue.get(endpointNameOf(request));
  if (request.method === 'POST' && !isObject(body)) {
    throw new MeshError('BAD_REQUEST', 'the request must be a JSON object with the parameters');
  }
  const input = eitherInput({ query: Object.fromEntries(request.search), body });
  const client = await clients.admit(endpoint, credentialsOf(input));
  return { keyId: client.keyId, client };
}
