import type { QueueLimits } from '@infermesh/aime-endpoints';

const second = 1_000;
const day = 86_400_000;

/** The longest a worker may take, however often it gives signs of life. */
const runTimeoutMs = day;

/** A result that is being fetched when its time is over is still there. */
const retentionMarginMs = 60_000;

/** How long a silent worker holds a job: a second at least, a day at most. */
export function leaseMsOf({ jobInactivityTimeoutMs }: QueueLimits): number {
  return bounded(jobInactivityTimeoutMs, second, day);
}

/** The spans of a job's record, within what the dispatcher takes, whatever a file says. */
export function spansOf({ maxTimeInQueueMs, resultLifetimeMs }: QueueLimits): {
  readonly runTimeoutMs: number;
  readonly deadlineMs: number;
  readonly queueMs: number;
  readonly retainMs: number;
} {
  const queueMs = bounded(maxTimeInQueueMs, 1, 29 * day);
  return {
    runTimeoutMs,
    deadlineMs: queueMs + runTimeoutMs,
    queueMs,
    retainMs: bounded(resultLifetimeMs, 0, 364 * day) + retentionMarginMs,
  };
}

function bounded(ms: number, least: number, most: number): number {
  return Math.min(Math.max(Math.round(ms), least), most);
}
