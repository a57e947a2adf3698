import type { Route } from '@infermesh/http';
import type { EsdCaller, EsdParts } from '../esd-parts.js';
import { createEndpointRoute } from './create-endpoint.js';
import { deleteEndpointsRoute } from './delete-endpoints.js';
import { listEndpointsRoute } from './list-endpoints.js';

export function endpointRoutes(parts: EsdParts): Route<EsdCaller>[] {
  return [listEndpointsRoute(parts), createEndpointRoute(parts), deleteEndpointsRoute(parts)];
}
