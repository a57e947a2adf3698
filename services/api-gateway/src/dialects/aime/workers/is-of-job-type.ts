import type { EndpointCatalogue } from '../endpoints/endpoint-catalogue.js';
import type { LeaseTicket, RecordTicket } from '../job-ids.js';

/** Whether workers of the job type may speak of the job. Its endpoint may be gone: then there is nothing it could be held against. */
export function isOfJobType(
  catalogue: EndpointCatalogue,
  { endpoint }: RecordTicket | LeaseTicket,
  jobType: string,
): boolean {
  const definition = catalogue.find(endpoint)?.definition;
  return definition === undefined || definition.worker.jobType === jobType;
}
