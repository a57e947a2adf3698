import type { ErrorCode } from '@infermesh/errors';
import type { Route } from '../route.js';

/** What a request to the route may meet before, around and instead of its handler. */
export function serverErrors(route: Route): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(['BAD_REQUEST', 'DEADLINE_EXCEEDED', 'SERVICE_UNAVAILABLE', 'INTERNAL']);
  if (route.access !== 'public') {
    codes.add('UNAUTHENTICATED').add('QUEUE_UNAVAILABLE').add('DATABASE_UNAVAILABLE');
    if (route.permission !== 'any key') codes.add('FORBIDDEN');
  }
  if (route.body !== undefined) codes.add('BODY_TOO_LARGE');
  return [...codes, ...(route.errors ?? []).filter((code) => !codes.has(code))];
}
