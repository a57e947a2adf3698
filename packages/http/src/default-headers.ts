import type { IncomingHttpHeaders } from 'node:http';
import { corsHeaders } from './cors.js';
import type { Dialect } from './dialect.js';

const fixedOf = new WeakMap<Dialect, Readonly<Record<string, string>>>();

/** What every answer of a dialect carries unless it says otherwise; a new object each time. */
export function defaultHeaders(
  dialect: Dialect,
  request: { readonly id: string; readonly headers: IncomingHttpHeaders },
): Record<string, string | string[]> {
  let fixed = fixedOf.get(dialect);
  if (fixed === undefined) {
    fixed = fixedHeaders(dialect);
    fixedOf.set(dialect, fixed);
  }
  if (dialect.cors.origins === '*') return { 'x-request-id': request.id, ...fixed };
  return { 'x-request-id': request.id, ...corsHeaders(dialect.cors, request.headers), ...fixed };
}

function fixedHeaders({ cors, headers }: Dialect): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(cors.origins === '*' ? corsHeaders(cors, {}) : {}),
    ...headers,
  };
}
