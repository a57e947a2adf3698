import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createRoleRoute } from './create-role.js';
import { deleteRolesRoute } from './delete-roles.js';
import { listRolesRoute } from './list-roles.js';

export function roleRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [listRolesRoute(parts), createRoleRoute(parts), deleteRolesRoute(parts)];
}
