import { emptyAnswer, emptyDocs, type Route } from '@infermesh/http';
import { z } from 'zod';
import { deleteAccounts } from '../../../delete-accounts.js';
import { actorOf } from '../acting-user.js';
import { messageBody } from '../envelope.js';
import { route, type EsdCaller, type EsdParts } from '../esd-parts.js';
import { accountName } from '../names.js';

const body = z.object({ user_name_list: z.array(accountName).min(1).max(100) });

/** Dossier 5: the users and their keys go, what they own stays. Unknown names are passed over. */
export function deleteUsersRoute({ jobQueue, keys, users }: EsdParts): Route<EsdCaller> {
  return route.keyed({
    method: 'DELETE',
    path: '/users',
    operationId: 'DeleteUsers',
    permission: 'user:create',
    body,
    answers: { 204: emptyDocs(messageBody(204)) },
    errors: ['CONFLICT'],
    handler: async (request) => {
      const names = [...new Set(request.body.user_name_list)];
      await deleteAccounts(jobQueue, actorOf(request.caller), names, request);
      keys.forgetAll();
      users.forgetAll();
      return emptyAnswer(204);
    },
  });
}
