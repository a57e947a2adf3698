import { uuidv7 } from 'uuidv7';
import type { JobInsert } from '../src/records/create-jobs.js';

export const access = { tenantId: 't1', subject: 'ann', anyOwner: false };

export interface JobWish {
  readonly endpointId?: string;
  readonly tenantId?: string;
  readonly owner?: string;
  readonly queueMs?: number;
  readonly retainMs?: number;
  readonly weight?: number;
  readonly priority?: number;
  readonly deadlineMs?: number;
  readonly startWithinMs?: number;
  readonly start?: boolean;
}

/** A record of `access`' user, not yet started. */
export function aJob({
  endpointId = 'e1',
  tenantId = 't1',
  owner = 'ann',
  queueMs,
  retainMs,
  weight = 1,
  priority = 100,
  deadlineMs = 60_000,
  startWithinMs = 60_000,
  start = false,
}: JobWish = {}): JobInsert {
  const id = uuidv7();
  return {
    id,
    payload: { key: `jobs/${id}`, name: 'payload', maxBytes: 10 },
    startWithinMs,
    job: {
      owner: { tenantId, owner, weight },
      dialect: 'toy',
      jobType: 'echo',
      endpointId,
      priority,
      payload: { name: 'payload', maxBytes: 10 },
      inputs: { text: "it's" },
      checkpoints: [],
      dialectData: {},
      runTimeoutMs: 1000,
      start,
      deadlineMs,
      ...(queueMs === undefined ? {} : { queueMs }),
      ...(retainMs === undefined ? {} : { retainMs }),
    },
  };
}
