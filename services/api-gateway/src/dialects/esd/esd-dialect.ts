import { MeshError } from '@infermesh/errors';
import { withOpenApi, type Dialect, type HttpAnswer, type RequestHead, type Route } from '@infermesh/http';
import { actorOf } from './acting-user.js';
import { authenticate, mayBeUnauthorized } from './authenticate.js';
import { checkpointRoutes } from './checkpoints/checkpoint-routes.js';
import { datasetRoutes } from './datasets/dataset-routes.js';
import { gatewayAnswer, unauthorizedBody } from './envelope.js';
import { endpointRoutes } from './endpoints/endpoint-routes.js';
import { answerError, describeError } from './error-answer.js';
import type { EsdCaller, EsdParts } from './esd-parts.js';
import { inferenceRoutes } from './inferences/inference-routes.js';
import { notificationRoutes } from './notifications/notification-routes.js';
import { requireAny } from './permission-checks.js';
import { pingRoute } from './ping.js';
import { roleRoutes } from './roles/role-routes.js';
import { rootRoute } from './root.js';
import { traceError, traceRoute } from './trace-answer.js';
import { trainingRoutes } from './trainings/training-routes.js';
import { userRoutes } from './users/user-routes.js';
import { validatorText } from './validator-text.js';
import { rulesOf, type VersionRules } from './version-rules.js';

/** What most requests say is small: a payload goes straight to the object store. */
const maxBodyBytes = 64 * 1024;

/** Dossier 1, for browsers that still ask by name, and what this mesh adds. */
const preflightHeaders = [
  'Content-Type',
  'X-Amz-Date',
  'Authorization',
  'X-Api-Key',
  'X-Amz-Security-Token',
  'X-Amz-User-Agent',
  'Username',
  'Idempotency-Key',
  'Last-Event-ID',
  '*',
];

/** ESD in the release that the settings name. protocols/esd.md has the wire facts. */
export function createEsdDialect(parts: EsdParts): Dialect<EsdCaller> {
  const rules = rulesOf(parts);
  const say = (answer: HttpAnswer, request: RequestHead): HttpAnswer =>
    rules.isTraced ? traceError(answer, request) : answer;
  const dialect: Dialect<EsdCaller> = {
    name: 'esd',
    limits: { bodyBytes: maxBodyBytes, requestTimeoutMs: 30_000 },
    cors: { origins: '*', credentials: true, preflightHeaders },
    headers: { 'x-api-version': rules.apiVersion },
    routes: routes(parts).map((route) => withRules(route, rules)),
    authenticate: (request) => authenticate(parts, request),
    authorise: (caller, permission) => {
      requireAny(actorOf(caller), rules.hasAuthorizer ? [permission] : [allOf(permission), permission]);
    },
    parseBody: (body) => parseBody(() => body.json()),
    describeFaults: (issues, body) => validatorText(issues, body),
    notFound: (request) => say(gatewayAnswer(403, 'Missing Authentication Token'), request),
    answerError: (error, request) => say(answerError(error), request),
  };
  return withOpenApi(dialect, {
    title: 'infermesh in the words of Extension for Stable Diffusion on AWS',
    version: rules.apiVersion,
    credentials: { ApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
    errorOf: describeError,
    route: { path: '/api', operationId: 'GetApiOAS', access: 'any key' },
  });
}

function routes(parts: EsdParts): Route<EsdCaller>[] {
  return [
    ...(rulesOf(parts).isTraced ? [rootRoute] : []),
    pingRoute,
    ...roleRoutes(parts),
    ...userRoutes(parts),
    ...endpointRoutes(parts),
    ...checkpointRoutes(parts),
    ...inferenceRoutes(parts),
    ...datasetRoutes(parts),
    ...trainingRoutes(parts),
    ...notificationRoutes(parts),
  ];
}

function withRules(route: Route<EsdCaller>, rules: VersionRules): Route<EsdCaller> {
  const stated = mayBeUnauthorized(route.operationId, rules)
    ? { ...route, answers: { ...route.answers, 401: unauthorizedBody } }
    : route;
  return rules.isTraced ? traceRoute(stated) : stated;
}

/** The permission that implies every action of the same resource. */
function allOf(permission: string): string {
  return `${permission.split(':')[0] ?? ''}:all`;
}

async function parseBody(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'BAD_REQUEST') throw error;
    throw new MeshError('BAD_REQUEST', 'Unknown error parsing request body', { cause: error });
  }
}
