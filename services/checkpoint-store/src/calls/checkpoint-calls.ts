import { findCheckpoints } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { handle, type CallHandler } from '@infermesh/job-queue';
import { findActiveCheckpoints } from '../checkpoint-table.js';

/** What others ask of the checkpoint store. */
export function checkpointCalls(database: Database): CallHandler[] {
  return [handle(findCheckpoints, (filter) => findActiveCheckpoints(database, filter))];
}
