import type { IncomingMessage } from 'node:http';
import { emptyAnswer, type Answer } from './answer.js';

const exposed = [
  'ETag',
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Length',
  'Content-Range',
  'Last-Modified',
  'x-amz-request-id',
].join(', ');

/** Any page may try: nothing here rests on cookies, every request proves itself by its signature. */
export function corsHeaders(message: IncomingMessage): Record<string, string> {
  if (message.headers.origin === undefined) return {};
  return { 'access-control-allow-origin': '*', 'access-control-expose-headers': exposed };
}

export function preflightAnswer(message: IncomingMessage): Answer {
  const requested = message.headers['access-control-request-headers'] ?? '';
  return emptyAnswer(200, {
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    ...(/^[\w!#$%&'*+.^`|~, -]+$/u.test(requested) ? { 'access-control-allow-headers': requested } : {}),
    'access-control-max-age': '3600',
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  });
}
