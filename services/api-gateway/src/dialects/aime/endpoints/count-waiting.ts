import { countUnfinished } from '@infermesh/contracts';
import type { JobQueue } from '@infermesh/job-queue';
import { callService, type CallScope } from '../../../mesh-calls.js';
import { externalEndpointId } from './queue-name.js';

/** Jobs of a type that have not ended, those that run among them; as counted some seconds ago. */
export async function countWaiting(jobQueue: JobQueue, jobType: string, scope: CallScope): Promise<number> {
  const endpointIds = [externalEndpointId(jobType)];
  const { unfinished } = await callService(jobQueue, countUnfinished, { endpointIds }, scope);
  return unfinished[0] ?? 0;
}
