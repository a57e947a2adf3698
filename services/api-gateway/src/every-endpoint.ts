import { listEndpoints, type EndpointView } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from './mesh-calls.js';

interface EndpointFilter {
  readonly tenantId: string;
  readonly name?: string;
}

/** All endpoints of a tenant, or those of one name; the oldest first. */
export async function everyEndpoint(
  jobQueue: JobQueue,
  filter: EndpointFilter,
  scope: CallScope,
): Promise<EndpointView[]> {
  const all: EndpointView[] = [];
  for (;;) {
    const page = { ...filter, after: all.at(-1)?.id };
    const { endpoints, isLast } = await callService(jobQueue, listEndpoints, page, scope);
    all.push(...endpoints);
    if (isLast || endpoints.length === 0) return all;
  }
}
