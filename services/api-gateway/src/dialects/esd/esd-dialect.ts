import { MeshError } from '@infermesh/errors';
import { withOpenApi, type Dialect, type RequestHead } from '@infermesh/http';
import { requirePermission } from '../../permissions.js';
import { gatewayAnswer } from './envelope.js';
import { answerError, describeError } from './error-answer.js';
import type { EsdCaller, EsdParts } from './esd-parts.js';
import { createInferenceRoute } from './inferences/create-inference.js';
import { getInferenceRoute } from './inferences/get-inference.js';
import { startInferenceRoute } from './inferences/start-inference.js';
import { pingRoute } from './ping.js';
import { validatorText } from './validator-text.js';

/** What these requests say is small: a payload goes straight to the object store. */
const maxBodyBytes = 64 * 1024;

/** The version this dialect imitates (dossier 1); clients compare it with their own and warn. */
const apiVersion = '1.4.0';

/** ESD, API 1.4: inferences. protocols/esd.md has the wire facts. */
export function createEsdDialect(parts: EsdParts): Dialect<EsdCaller> {
  const dialect: Dialect<EsdCaller> = {
    name: 'esd',
    limits: { bodyBytes: maxBodyBytes, requestTimeoutMs: 30_000 },
    cors: { origins: '*', credentials: true },
    headers: { 'x-api-version': apiVersion },
    routes: [pingRoute, createInferenceRoute(parts), startInferenceRoute(parts), getInferenceRoute(parts)],
    authenticate: (request) => authenticate(parts, request),
    authorise: ({ principal }, permission) => {
      requirePermission(principal, permission);
    },
    parseBody: (body) => parseBody(() => body.json()),
    describeFaults: (issues, body) => validatorText(issues, body),
    notFound: () => gatewayAnswer(403, 'Missing Authentication Token'),
    answerError,
  };
  return withOpenApi(dialect, {
    title: 'infermesh in the words of Extension for Stable Diffusion on AWS',
    version: apiVersion,
    credentials: { ApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
    errorOf: describeError,
    route: { path: '/api', operationId: 'GetApiOAS', access: 'any key' },
  });
}

async function authenticate({ keys }: EsdParts, request: RequestHead): Promise<EsdCaller> {
  const key = request.headers['x-api-key'];
  const principal = await keys.verify(typeof key === 'string' ? key : undefined);
  return { keyId: principal.keyId, principal };
}

async function parseBody(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'BAD_REQUEST') throw error;
    throw new MeshError('BAD_REQUEST', 'Unknown error parsing request body', { cause: error });
  }
}
