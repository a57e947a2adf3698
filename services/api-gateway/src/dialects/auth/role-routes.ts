import { deleteRoles, permissionText, putRole, roleView } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, jsonAnswer, type Route } from '@infermesh/http';
import { z } from 'zod';
import { everyRole } from '../../every-account.js';
import { callService } from '../../mesh-calls.js';
import { name, route, type AuthCaller, type AuthDialectParts } from './auth-parts.js';

const params = z.object({ name });
const putRoleBody = z.strictObject({ permissions: z.array(permissionText).min(1).max(100) });

export function roleRoutes({ jobQueue, keys }: AuthDialectParts): Route<AuthCaller>[] {
  return [
    route.keyed({
      method: 'GET',
      path: '/roles',
      operationId: 'ListRoles',
      permission: 'role:list',
      answers: { 200: z.object({ roles: z.array(roleView) }) },
      handler: async (request) =>
        jsonAnswer(200, { roles: await everyRole(jobQueue, request.caller.principal, request) }),
    }),
    route.keyed({
      method: 'PUT',
      path: '/roles/:name',
      operationId: 'PutRole',
      summary: 'Makes a role or changes what it permits. Nobody hands out what it does not hold.',
      permission: 'role:create',
      params,
      body: putRoleBody,
      answers: { 200: roleView, 201: roleView },
      errors: ['CONFLICT'],
      handler: async (request) => {
        const wanted = { actor: request.caller.principal, name: request.params.name, ...request.body };
        const { role, created } = await callService(jobQueue, putRole, wanted, request);
        keys.forgetAll();
        return jsonAnswer(created ? 201 : 200, role);
      },
    }),
    route.keyed({
      method: 'DELETE',
      path: '/roles/:name',
      operationId: 'DeleteRole',
      summary: 'Deletes a role, and takes it from everybody who has it.',
      permission: 'role:delete',
      params,
      answers: { 204: emptyDocs() },
      errors: ['CONFLICT'],
      handler: async (request) => {
        const wanted = { actor: request.caller.principal, names: [request.params.name] };
        await callService(jobQueue, deleteRoles, wanted, request);
        keys.forgetAll();
        return emptyAnswer(204);
      },
    }),
  ];
}
