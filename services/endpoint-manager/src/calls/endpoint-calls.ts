import { createEndpoint, deleteEndpoints, listEndpoints } from '@infermesh/contracts';
import { handle, type CallHandler } from '@infermesh/job-queue';
import type { EndpointRegistry } from '../endpoint-registry.js';

/** What others ask of the endpoint manager. */
export function endpointCalls(registry: EndpointRegistry): CallHandler[] {
  return [
    handle(createEndpoint, async (request) => ({ endpoint: await registry.create(request) })),
    handle(listEndpoints, async (filter) => ({ endpoints: await registry.list(filter) })),
    handle(deleteEndpoints, async (request) => ({ deleted: await registry.delete(request) })),
  ];
}
