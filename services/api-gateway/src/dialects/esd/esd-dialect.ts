import { MeshError } from '@infermesh/errors';
import type { Dialect, DialectRequest, HttpAnswer, RequestHead, Route } from '@infermesh/http';
import { functionAnswer, gatewayAnswer } from './envelope.js';
import { answerError } from './error-answer.js';
import type { EsdCaller, EsdParts } from './esd-parts.js';
import { createInference } from './inferences/create-inference.js';
import { getInference } from './inferences/get-inference.js';
import { inferenceNotFound } from './inferences/inference-id.js';
import { startInference } from './inferences/start-inference.js';

/** What these requests say is small: a payload goes straight to the object store. */
const maxBodyBytes = 64 * 1024;

/** The version this dialect imitates (dossier 1); clients compare it with their own and warn. */
const apiVersion = '1.4.0';

type Handler = (parts: EsdParts, request: DialectRequest<EsdCaller>) => Promise<HttpAnswer>;

/** ESD, API 1.4: inferences. protocols/esd.md has the wire facts. */
export function createEsdDialect(parts: EsdParts): Dialect<EsdCaller> {
  const keyed = (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    operationId: string,
    handler: Handler,
    requestTimeoutMs?: number,
  ): Route<EsdCaller> => ({
    method,
    path,
    operationId,
    access: 'key',
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    handler: (request) => sayingInference(request, () => handler(parts, request)),
  });
  return {
    name: 'esd',
    limits: { bodyBytes: maxBodyBytes, requestTimeoutMs: 30_000 },
    cors: { origins: '*', credentials: true },
    headers: { 'x-api-version': apiVersion },
    routes: [
      keyed('GET', '/ping', 'Ping', () => Promise.resolve(functionAnswer(200, undefined, 'pong'))),
      keyed('POST', '/inferences', 'CreateInferenceJob', createInference),
      // Clients repeat the create body here, or send none at all: whatever comes is read and ignored.
      keyed('PUT', '/inferences/:id/start', 'StartInferences', startInference, parts.settings.realTimeWaitMs + 10_000),
      keyed('GET', '/inferences/:id', 'GetInferenceJob', getInference),
    ],
    authenticate: (request) => authenticate(parts, request),
    parseBody: (body, request) => (request.path.endsWith('/start') ? undefined : parseBody(() => body.json())),
    notFound: () => gatewayAnswer(403, 'Missing Authentication Token'),
    answerError,
  };
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

/** The engine says "job"; clients of this dialect match on "inference". */
async function sayingInference(
  request: DialectRequest<EsdCaller>,
  answer: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  try {
    return await answer();
  } catch (error) {
    const id = request.params['id'];
    throw id !== undefined && error instanceof MeshError && error.code === 'NOT_FOUND' ? inferenceNotFound(id) : error;
  }
}
