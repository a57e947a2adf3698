import { Seal } from '@infermesh/credentials';
import {
  createKey,
  deleteRoles,
  deleteUsers,
  listKeys,
  listRoles,
  listUsers,
  login,
  putRole,
  putUser,
  revokeKey,
  type KeyView,
  type Principal,
  type UserView,
} from '@infermesh/contracts';
import { errorCodes, type ErrorCode, type MeshError } from '@infermesh/errors';
import {
  checkSchema,
  emptyAnswer,
  jsonAnswer,
  type Caller,
  type Dialect,
  type DialectRequest,
  type HttpAnswer,
  type RequestHead,
  type Route,
} from '@infermesh/http';
import type { JobQueue } from '@infermesh/job-queue';
import { z } from 'zod';
import type { KeyVerifier } from '../../key-verifier.js';
import { callService } from '../../mesh-calls.js';

export interface AuthDialectParts {
  readonly jobQueue: JobQueue;
  readonly keys: KeyVerifier;
  readonly pepper: string;
}

interface AuthCaller extends Caller {
  readonly principal: Principal;
}

const name = z.string().min(1).max(100);
const password = z.string().min(8, 'must have at least 8 characters').max(1000);
const expiresInSeconds = z.number().int().positive().max(315_360_000).optional();
const scopes = z.array(z.string().max(100)).max(100).optional();

const loginBody = z.strictObject({
  name,
  password: z.string().min(1).max(1000),
  keyName: name.default('login'),
  expiresInSeconds,
});
const createKeyBody = z.strictObject({ name, scopes, expiresInSeconds, user: name.optional() });
const putRoleBody = z.strictObject({ permissions: z.array(z.string().max(100)).min(1).max(100) });
const putUserBody = z.strictObject({ password: password.optional(), roles: z.array(name).max(20).optional() });

/** Ours: keys and users for people and the command line. Errors are `{error: {code, message, field?, requestId}}`. */
export function createAuthDialect(parts: AuthDialectParts): Dialect<AuthCaller> {
  return {
    name: 'auth',
    limits: { bodyBytes: 64 * 1024, requestTimeoutMs: 15_000 },
    cors: { origins: [] },
    headers: { 'cache-control': 'no-store' },
    routes: [loginRoute(parts), ...keyRoutes(parts), ...userRoutes(parts), ...roleRoutes(parts)],
    authenticate: async (request) => {
      const principal = await parts.keys.verify(credentialOf(request));
      return { keyId: principal.keyId, principal };
    },
    parseBody: (body) => body.json(),
    notFound: (request) => errorAnswer(404, 'NOT_FOUND', `there is no ${request.path} here`, undefined, request),
    answerError: (error, request) =>
      errorAnswer(errorCodes[error.code].status, error.code, error.message, error.field, request),
  };
}

/** `x-api-key`, or `Authorization: Bearer <key>`. */
function credentialOf({ headers }: RequestHead): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer +(\S+)$/u.exec(headers.authorization ?? '')?.[1];
}

function errorAnswer(
  status: number,
  code: ErrorCode,
  message: string,
  field: MeshError['field'],
  { id }: RequestHead,
): HttpAnswer {
  return jsonAnswer(status, { error: { code, message, ...(field === undefined ? {} : { field }), requestId: id } });
}

function keyAnswer({ pepper }: AuthDialectParts, { key, sealedKey }: { key: KeyView; sealedKey: string }): HttpAnswer {
  const { id, name: keyName, prefix, scopes: keyScopes, createdAt, expiresAt, user } = key;
  return jsonAnswer(201, {
    id,
    name: keyName,
    user,
    key: new Seal(pepper).open(sealedKey),
    prefix,
    scopes: keyScopes,
    createdAt,
    expiresAt,
  });
}

function loginRoute(parts: AuthDialectParts): Route<AuthCaller> {
  return {
    method: 'POST',
    path: '/login',
    access: 'public',
    operationId: 'Login',
    handler: async (request) => {
      const body = checkSchema(loginBody, request.body);
      const sealedPassword = new Seal(parts.pepper).close(body.password);
      const answer = await callService(
        parts.jobQueue,
        login,
        {
          user: body.name,
          sealedPassword,
          name: body.keyName,
          ...(body.expiresInSeconds === undefined ? {} : { expiresInSeconds: body.expiresInSeconds }),
        },
        request,
      );
      return keyAnswer(parts, answer);
    },
  };
}

type Handler = (request: DialectRequest<AuthCaller>, actor: Principal) => Promise<HttpAnswer>;

function keyed(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  operationId: string,
  handler: Handler,
): Route<AuthCaller> {
  return {
    method,
    path,
    operationId,
    access: 'key',
    ...(method === 'DELETE' ? { body: 'none' } : {}),
    handler: (request) => handler(request, request.caller.principal),
  };
}

function keyRoutes(parts: AuthDialectParts): Route<AuthCaller>[] {
  const { jobQueue } = parts;
  return [
    keyed('GET', '/whoami', 'WhoAmI', (_request, { subject, tenantId, keyId, permissions, roles, scopes: keyScopes }) =>
      Promise.resolve(
        jsonAnswer(200, { user: subject, tenant: tenantId, keyId, roles, permissions, scopes: keyScopes }),
      ),
    ),
    keyed('GET', '/keys', 'ListKeys', async (request, actor) =>
      jsonAnswer(200, await callService(jobQueue, listKeys, { actor }, request)),
    ),
    keyed('POST', '/keys', 'CreateKey', async (request, actor) => {
      const body = checkSchema(createKeyBody, request.body);
      return keyAnswer(parts, await callService(jobQueue, createKey, { actor, ...body }, request));
    }),
    keyed('DELETE', '/keys/:id', 'RevokeKey', async (request, actor) => {
      await callService(jobQueue, revokeKey, { actor, id: request.params['id'] ?? '' }, request);
      return emptyAnswer(204);
    }),
  ];
}

function toUser({ name: userName, roles, permissions, creator, createdAt, disabledAt }: UserView): object {
  return { name: userName, roles, permissions, creator, createdAt, disabledAt };
}

function userRoutes({ jobQueue, pepper }: AuthDialectParts): Route<AuthCaller>[] {
  return [
    keyed('GET', '/users', 'ListUsers', async (request, actor) => {
      const { users } = await callService(jobQueue, listUsers, { actor }, request);
      return jsonAnswer(200, { users: users.map(toUser) });
    }),
    keyed('PUT', '/users/:name', 'PutUser', async (request, actor) => {
      const body = checkSchema(putUserBody, request.body);
      const { user, created } = await callService(
        jobQueue,
        putUser,
        {
          actor,
          name: checkSchema(name, request.params['name']),
          ...(body.password === undefined ? {} : { sealedPassword: new Seal(pepper).close(body.password) }),
          ...(body.roles === undefined ? {} : { roles: body.roles }),
        },
        request,
      );
      return jsonAnswer(created ? 201 : 200, toUser(user));
    }),
    keyed('DELETE', '/users/:name', 'DeleteUser', async (request, actor) => {
      await callService(jobQueue, deleteUsers, { actor, names: [checkSchema(name, request.params['name'])] }, request);
      return emptyAnswer(204);
    }),
  ];
}

function roleRoutes({ jobQueue }: AuthDialectParts): Route<AuthCaller>[] {
  return [
    keyed('GET', '/roles', 'ListRoles', async (request, actor) =>
      jsonAnswer(200, await callService(jobQueue, listRoles, { actor }, request)),
    ),
    keyed('PUT', '/roles/:name', 'PutRole', async (request, actor) => {
      const { permissions } = checkSchema(putRoleBody, request.body);
      const { role, created } = await callService(
        jobQueue,
        putRole,
        { actor, name: checkSchema(name, request.params['name']), permissions },
        request,
      );
      return jsonAnswer(created ? 201 : 200, role);
    }),
    keyed('DELETE', '/roles/:name', 'DeleteRole', async (request, actor) => {
      await callService(jobQueue, deleteRoles, { actor, names: [checkSchema(name, request.params['name'])] }, request);
      return emptyAnswer(204);
    }),
  ];
}
