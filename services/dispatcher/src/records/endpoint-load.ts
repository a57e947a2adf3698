/**
 * Parts of statements that look at an endpoint's queue. Each is written so that it can only be read from the index made for it,
 * whatever Postgres believes of the table: the plan that is kept may date from a time when the table was empty.
 */

/** The records in a queue or at a worker; two or three for each slot. */
export const inFlight = 'released_at IS NOT NULL AND finished_at IS NULL';

export function inFlightAt(endpointId: string): string {
  return `endpoint_id = ${endpointId} AND ${inFlight}`;
}

/** The records that no worker holds, released or not. */
export function queuedAt(endpointId: string): string {
  return `endpoint_id = ${endpointId} AND queued_at IS NOT NULL AND worker_id IS NULL AND finished_at IS NULL`;
}

/** The records that are started and in no queue. */
export function waitingAt(endpointId: string): string {
  return `endpoint_id = ${endpointId} AND queued_at IS NOT NULL AND released_at IS NULL AND finished_at IS NULL`;
}

/** Those of them that could be released now. */
export function dueAt(endpointId: string): string {
  return `${waitingAt(endpointId)} AND (not_before IS NULL OR not_before <= now())`;
}

/** The order of the index of what waits; with a LIMIT it keeps Postgres from reading the whole table. */
export const waitingOrder = 'tenant_id, owner, priority DESC, queued_at';

/**
 * How many more records may be in the endpoint's queue, given its slots: one for each slot, and one more for each that is free.
 * Claims over the slots are of workers that are gone, or have more than they said: they take nothing from those that wait.
 */
export function roomAt(endpointId: string, slots: string): string {
  return `(SELECT greatest(${slots} + greatest(${slots} - count(*) FILTER (WHERE state = 'active'), 0) - count(*) FILTER (WHERE state = 'queued'), 0)::int
     FROM job WHERE ${inFlightAt(endpointId)})`;
}

/** Whether a record could be released now: as a value, since a condition might be joined. */
export function isDueAt(endpointId: string): string {
  return `(SELECT TRUE FROM job WHERE ${dueAt(endpointId)} ORDER BY ${waitingOrder} LIMIT 1) IS NOT NULL`;
}

/**
 * The endpoints of a batch where nobody waits and which have room for all that the batch queues there.
 *
 * @param batch has columns `endpoint_id`, and `slots` where it may release
 */
export function roomyFor(batch: string): string {
  return `SELECT endpoint_id FROM (
         SELECT endpoint_id, slots, count(*) AS jobs FROM ${batch} WHERE slots IS NOT NULL GROUP BY endpoint_id, slots
       ) AS asked WHERE jobs <= ${roomAt('asked.endpoint_id', 'asked.slots')} AND NOT ${isDueAt('asked.endpoint_id')}`;
}
