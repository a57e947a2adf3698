import { deleteRoles } from '@infermesh/contracts';
import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { callService } from '../../../mesh-calls.js';
import { actorOf } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';

const body = z.object({ role_name_list: z.array(accountName).min(1).max(100) });

/** Dossier 5: takes the roles from everybody who has them. Unknown names are passed over. */
export function deleteRolesRoute({ jobQueue, keys, users }: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/roles',
    operationId: 'DeleteRoles',
    permission: 'role:delete',
    body,
    answers: { 204: emptyDocs(messageBody(204)) },
    errors: ['CONFLICT'],
    handler: async (request) => {
      const names = [...new Set(request.body.role_name_list)];
      await callService(jobQueue, deleteRoles, { actor: actorOf(request.caller), names }, request);
      keys.forgetAll();
      users.forgetAll();
      return emptyAnswer(204);
    },
  });
}
