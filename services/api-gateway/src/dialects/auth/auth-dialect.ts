import { errorCodes, type ErrorCode } from '@infermesh/errors';
import { jsonAnswer, withOpenApi, type Dialect, type HttpAnswer, type RequestHead } from '@infermesh/http';
import { z } from 'zod';
import { requirePermission } from '../../permissions.js';
import type { AuthCaller, AuthDialectParts } from './auth-parts.js';
import { keyRoutes } from './key-routes.js';
import { roleRoutes } from './role-routes.js';
import { userRoutes } from './user-routes.js';

const errorBody = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
      message: z.string(),
      field: z.string().optional(),
      requestId: z.string(),
    }),
  })
  .meta({ id: 'Error' });

/** Ours: keys and users for people and the command line. Errors are `{error: {code, message, field?, requestId}}`. */
export function createAuthDialect(parts: AuthDialectParts): Dialect<AuthCaller> {
  const dialect: Dialect<AuthCaller> = {
    name: 'auth',
    limits: { bodyBytes: 64 * 1024, requestTimeoutMs: 15_000 },
    cors: { origins: [] },
    routes: [...keyRoutes(parts), ...userRoutes(parts), ...roleRoutes(parts)],
    authenticate: async (request) => {
      const principal = await parts.keys.verify(credentialOf(request));
      return { keyId: principal.keyId, principal };
    },
    authorise: ({ principal }, permission) => {
      requirePermission(principal, permission);
    },
    parseBody: (body) => body.json(),
    notFound: (request) =>
      errorAnswer(404, { code: 'NOT_FOUND', message: `there is no ${request.path} here` }, request),
    answerError: (error, request) => errorAnswer(errorCodes[error.code].status, error, request),
  };
  return withOpenApi(dialect, {
    title: 'infermesh keys and users',
    version: '1',
    credentials: {
      ApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      Bearer: { type: 'http', scheme: 'bearer' },
    },
    errorOf: (code) => ({ status: errorCodes[code].status, schema: errorBody }),
    route: { path: '/openapi.json', operationId: 'GetOpenApi', access: 'public' },
  });
}

/** `x-api-key`, or `Authorization: Bearer <key>`. */
function credentialOf({ headers }: RequestHead): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer +(\S+)$/u.exec(headers.authorization ?? '')?.[1];
}

interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
}

function errorAnswer(status: number, { code, message, field }: Fault, { id }: RequestHead): HttpAnswer {
  return jsonAnswer(status, { error: { code, message, ...(field === undefined ? {} : { field }), requestId: id } });
}
