import { putUser, userView, type UserView } from '@infermesh/contracts';
import { Seal } from '@infermesh/credentials';
import { emptyAnswer, emptyDocs, jsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { deleteAccounts } from '../../delete-accounts.js';
import { everyUser } from '../../every-account.js';
import { callService } from '../../mesh-calls.js';
import { name, route, type AuthCaller, type AuthDialectParts } from './auth-parts.js';

const params = z.object({ name });
const putUserBody = z.strictObject({
  password: z.string().min(8, 'must have at least 8 characters').max(1000).optional(),
  roles: z.array(name).max(20).optional(),
});
const user = userView.omit({ hasPassword: true }).meta({ id: 'User' });

function toUser({ hasPassword: _hasPassword, ...shown }: UserView): z.input<typeof user> {
  return shown;
}

export function userRoutes({ jobQueue, keys, pepper }: AuthDialectParts): Route<AuthCaller>[] {
  return [
    route.keyed({
      method: 'GET',
      path: '/users',
      operationId: 'ListUsers',
      summary: 'The caller and the users it made; with user:all everybody. A key of limited scope needs user:list.',
      permission: 'any key',
      answers: { 200: z.object({ users: z.array(user) }) },
      errors: ['FORBIDDEN'],
      handler: async (request) => {
        const users = await everyUser(jobQueue, request.caller.principal, request);
        return jsonAnswer(200, { users: users.map(toUser) });
      },
    }),
    route.keyed({
      method: 'PUT',
      path: '/users/:name',
      operationId: 'PutUser',
      summary: 'Makes a user or changes its password and roles. Everybody may change their own password.',
      permission: 'any key',
      params,
      body: putUserBody,
      answers: { 200: user, 201: user },
      errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'QUOTA_EXCEEDED'],
      handler: async (request) => {
        const { password, roles } = request.body;
        const wanted = {
          actor: request.caller.principal,
          name: request.params.name,
          ...(password === undefined ? {} : { sealedPassword: new Seal(pepper).close(password) }),
          ...(roles === undefined ? {} : { roles }),
        };
        const written = await callService(jobQueue, putUser, wanted, request);
        keys.forgetAll();
        return jsonAnswer(written.created ? 201 : 200, toUser(written.user));
      },
    }),
    route.keyed({
      method: 'DELETE',
      path: '/users/:name',
      operationId: 'DeleteUser',
      summary: 'Deletes a user and its keys.',
      permission: 'user:create',
      params,
      answers: { 204: emptyDocs() },
      errors: ['NOT_FOUND', 'CONFLICT'],
      handler: async (request) => {
        await deleteAccounts(jobQueue, request.caller.principal, [request.params.name], request);
        keys.forgetAll();
        return emptyAnswer(204);
      },
    }),
  ];
}
