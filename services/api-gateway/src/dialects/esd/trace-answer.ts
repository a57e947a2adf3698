import type { HttpAnswer, RequestHead, Route } from '@infermesh/http';
import type { EsdCaller } from './esd-parts.js';

type Traced = Pick<RequestHead, 'id' | 'operationId'>;

/** What 1.6 and later add to the bodies of functions (dossier 12). The request's id leads to its lines in the log. */
function debugOf({ id, operationId }: Traced): Record<string, string> {
  return {
    function_url: `urn:infermesh:operation:${operationId}`,
    log_url: `urn:infermesh:log:${id}`,
    trace_url: `urn:infermesh:trace:${id}`,
  };
}

function withFields(answer: HttpAnswer, fields: Record<string, unknown>): HttpAnswer {
  if (answer.body?.kind !== 'json') return answer;
  return { ...answer, body: { kind: 'json', value: { ...(answer.body.value as object), ...fields } } };
}

function isByFunction({ body }: HttpAnswer): boolean {
  return body?.kind === 'json' && typeof body.value === 'object' && body.value !== null && 'statusCode' in body.value;
}

/** Adds `debug` to what a function says. */
function traceAnswer(answer: HttpAnswer, request: Traced): HttpAnswer {
  return isByFunction(answer) ? withFields(answer, { debug: debugOf(request) }) : answer;
}

/** Adds `requestId` to every error, and `debug` to those of functions. */
export function traceError(answer: HttpAnswer, request: Traced): HttpAnswer {
  return withFields(traceAnswer(answer, request), { requestId: request.id });
}

/** The route with traced answers. */
export function traceRoute(route: Route<EsdCaller>): Route<EsdCaller> {
  if (route.access === 'public') {
    const handler: typeof route.handler = async (request) => traceAnswer(await route.handler(request), request);
    return { ...route, handler };
  }
  const handler: typeof route.handler = async (request) => traceAnswer(await route.handler(request), request);
  return { ...route, handler };
}
