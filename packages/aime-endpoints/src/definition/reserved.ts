import { normaliseSlug } from './read-static.js';

/** First segments of paths that the server has for its own. */
export const reservedNames: ReadonlySet<string> = new Set([
  'api',
  'docs',
  'healthz',
  'metrics',
  'readyz',
  'stream_progress',
  'v1',
  'validate_key', // and `endpoints`: /api/<endpoint> describes an endpoint, beside /api/endpoints and /api/validate_key
  'endpoints',
  'worker_check_server_status',
  'worker_job_progress',
  'worker_job_request',
  'worker_job_result',
  'worker_login',
]);

/** Parameters that every endpoint has beside its [INPUTS], and what the server puts among a job's data. */
export const implicitInputs: ReadonlySet<string> = new Set([
  'key',
  'client_session_auth_key',
  'wait_for_result',
  'job_id',
]);

/** What an endpoint answers below its name. The name itself may be a static page too: `/<name>/`. */
export const endpointActions = ['progress', 'login', 'cancel'] as const;

/** The API's route that a static one would cover, if it covers any. */
export function findReservedRoute(slug: string, endpointName: string): string | undefined {
  const route = normaliseSlug(slug);
  const [, first = ''] = route.split('/');
  // The server's documentation may be one's own; the rest are calls.
  if (reservedNames.has(first) && first !== 'docs' && first !== 'endpoints' && first !== 'validate_key')
    return `/${first}`;
  return endpointActions.map((action) => `/${endpointName}/${action}`).find((taken) => taken === route);
}
