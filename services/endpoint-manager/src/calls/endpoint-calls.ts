import { createEndpoint, deleteEndpoints, listEndpoints } from '@infermesh/contracts';
import { firstThatFit, handle, type CallHandler } from '@infermesh/job-queue';
import type { EndpointRegistry } from '../endpoint-registry.js';

/** What others ask of the endpoint manager. */
export function endpointCalls(registry: EndpointRegistry): CallHandler[] {
  return [
    handle(createEndpoint, async (request) => ({ endpoint: await registry.create(request) })),
    handle(listEndpoints, async ({ after = '', ...filter }) => {
      const found = (await registry.list(filter)).filter(({ id }) => id > after); // ids begin with their time
      const endpoints = firstThatFit(found);
      return { endpoints, isLast: endpoints.length === found.length };
    }),
    handle(deleteEndpoints, async (request) => ({ deleted: await registry.delete(request) })),
  ];
}
