import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createUserRoute } from './create-user.js';
import { deleteUsersRoute } from './delete-users.js';
import { listUsersRoute } from './list-users.js';

export function userRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [listUsersRoute(parts), createUserRoute(parts), deleteUsersRoute(parts)];
}
