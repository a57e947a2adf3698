import { createKey, keyView, listKeys, login, permissionText, revokeKey, type KeyView } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import { emptyAnswer, emptyDocs, jsonAnswer, type JsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../mesh-calls.js';
import { name, route, type AuthCaller, type AuthDialectParts } from './auth-parts.js';

const wish = {
  scopes: z.array(permissionText).max(100).optional(),
  expiresInSeconds: z.number().int().positive().max(315_360_000).optional(),
};
const loginBody = z.strictObject({
  name,
  password: z.string().min(1).max(1000),
  keyName: name.default('login'),
  expiresInSeconds: wish.expiresInSeconds,
});
const createKeyBody = z.strictObject({ name, ...wish, user: name.optional() });

/** The only answer that shows a key. */
const newKey = keyView.omit({ lastUsedAt: true, revokedAt: true }).extend({ key: z.string() }).meta({ id: 'NewKey' });

const whoAmI = z.object({
  user: z.string(),
  tenant: z.string(),
  keyId: z.string(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  scopes: z.array(z.string()),
});

export function keyRoutes(parts: AuthDialectParts): Route<AuthCaller>[] {
  const { jobQueue } = parts;
  return [
    loginRoute(parts),
    route.keyed({
      method: 'GET',
      path: '/whoami',
      operationId: 'WhoAmI',
      summary: 'Whose key this is, and what it may do.',
      permission: 'any key',
      answers: { 200: whoAmI },
      handler: ({ caller: { principal } }) => {
        const { subject, tenantId, keyId, permissions, roles, scopes } = principal;
        return Promise.resolve(jsonAnswer(200, { user: subject, tenant: tenantId, keyId, roles, permissions, scopes }));
      },
    }),
    route.keyed({
      method: 'GET',
      path: '/keys',
      operationId: 'ListKeys',
      summary:
        "The caller's keys; with key:all those of everybody. A key of limited scope needs key:list, or sees itself alone.",
      permission: 'any key',
      answers: { 200: listKeys.response },
      errors: ['FORBIDDEN'],
      handler: async (request) =>
        jsonAnswer(200, await callService(jobQueue, listKeys, { actor: request.caller.principal }, request)),
    }),
    route.keyed({
      method: 'POST',
      path: '/keys',
      operationId: 'CreateKey',
      summary: 'A key for the caller, or with key:all and user:act-as for another user.',
      permission: 'any key',
      body: createKeyBody,
      answers: { 201: newKey },
      errors: ['FORBIDDEN', 'NOT_FOUND'],
      handler: async (request) => {
        const wanted = { actor: request.caller.principal, ...request.body };
        return keyAnswer(parts, await callService(jobQueue, createKey, wanted, request));
      },
    }),
    route.keyed({
      method: 'DELETE',
      path: '/keys/:id',
      operationId: 'RevokeKey',
      summary: 'Ends a key at once. A key of limited scope needs key:delete, or ends itself alone.',
      permission: 'any key',
      answers: { 204: emptyDocs() },
      errors: ['FORBIDDEN', 'NOT_FOUND'],
      handler: async (request) => {
        await callService(jobQueue, revokeKey, { actor: request.caller.principal, id: request.params.id }, request);
        parts.keys.forgetAll(); // this gateway need not wait for the news
        return emptyAnswer(204);
      },
    }),
  ];
}

function loginRoute(parts: AuthDialectParts): Route<AuthCaller> {
  return route.open({
    method: 'POST',
    path: '/login',
    operationId: 'Login',
    summary: 'A key by name and password.',
    body: loginBody,
    answers: { 201: newKey },
    errors: ['UNAUTHENTICATED', 'QUOTA_EXCEEDED', 'QUEUE_UNAVAILABLE', 'DATABASE_UNAVAILABLE'],
    handler: async (request) => {
      const { name: user, password, keyName, expiresInSeconds } = request.body;
      const wanted = {
        user,
        sealedPassword: new Seal(parts.pepper).close(password),
        from: request.remoteAddress,
        name: keyName,
        ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
      };
      return keyAnswer(parts, await callService(parts.jobQueue, login, wanted, request));
    },
  });
}

function keyAnswer(
  { pepper }: AuthDialectParts,
  { key, sealedKey }: { key: KeyView; sealedKey: string },
): JsonAnswer<201, z.input<typeof newKey>> {
  const { lastUsedAt: _lastUsedAt, revokedAt: _revokedAt, ...shown } = key;
  return jsonAnswer(201, { ...shown, key: new Seal(pepper).open(sealedKey) });
}
