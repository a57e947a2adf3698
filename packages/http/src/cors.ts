import type { IncomingHttpHeaders } from 'node:http';
import type { HttpAnswer } from './answer.js';

export interface CorsRules {
  /** `*`, or the origins that may read answers. An empty list: no browser of another origin. */
  readonly origins: '*' | readonly string[];
  /** Default `*`. */
  readonly methods?: readonly string[];
  /** Default `*`. */
  readonly requestHeaders?: readonly string[];
  /** In the answer to a preflight, instead of `requestHeaders`. Browsers take `authorization` by its name only, not by `*`. */
  readonly preflightHeaders?: readonly string[];
  /** Default `*`. */
  readonly exposedHeaders?: readonly string[];
  /** Browsers ignore it beside `origins: '*'`. Default false. */
  readonly credentials?: boolean;
  /** How long a browser keeps a preflight's answer. Default 600. */
  readonly maxAgeSeconds?: number;
}

const listed = (names: readonly string[] | undefined): string => names?.join(', ') ?? '*';

/** The headers that every answer carries, preflights included. */
export function corsHeaders(rules: CorsRules, headers: IncomingHttpHeaders): Record<string, string> {
  const shared = {
    'access-control-allow-methods': listed(rules.methods),
    'access-control-allow-headers': listed(rules.requestHeaders),
    'access-control-expose-headers': listed(rules.exposedHeaders),
    ...(rules.credentials === true ? { 'access-control-allow-credentials': 'true' } : {}),
  };
  if (rules.origins === '*') return { 'access-control-allow-origin': '*', ...shared };
  const origin = headers.origin;
  if (origin === undefined || !rules.origins.includes(origin)) return { vary: 'origin' };
  return { 'access-control-allow-origin': origin, vary: 'origin', ...shared };
}

export function preflightAnswer({ maxAgeSeconds = 600, preflightHeaders }: CorsRules): HttpAnswer {
  return {
    status: 204,
    headers: {
      'access-control-max-age': String(maxAgeSeconds),
      ...(preflightHeaders === undefined ? {} : { 'access-control-allow-headers': listed(preflightHeaders) }),
    },
  };
}
