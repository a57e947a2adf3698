import type { JobState, JobView } from '@infermesh/contracts';

/** A record as the dispatcher tells of it, with nothing special. */
export function aJobView(id: string, state: JobState): JobView {
  return {
    ...{ id, state, dialect: 'esd', externalId: null, tenantId: 't', owner: 'ann', jobType: 'x', endpointId: 'e' },
    ...{
      reasonCode: null,
      reason: null,
      attempts: 1,
      progress: null,
      queuePosition: null,
      createdAt: new Date().toISOString(),
    },
    ...{ queuedAt: null, startedAt: null, finishedAt: null, payload: null, checkpoints: [], outputs: [] },
    ...{ result: null, dialectData: {} },
  };
}
