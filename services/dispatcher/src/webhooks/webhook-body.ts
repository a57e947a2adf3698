import type { JobView } from '@infermesh/contracts';

/**
 * What a receiver gets, the same at every attempt but for the URLs of outputs, which are fresh.
 *
 * @param job with URLs where the owner asked for them
 */
export function webhookBody(job: JobView): string {
  return JSON.stringify({
    type: `job.${job.state}`,
    timestamp: job.finishedAt,
    data: {
      job_id: job.id,
      job_type: job.jobType,
      dialect: job.dialect,
      external_id: job.externalId,
      state: job.state,
      reason_code: job.reasonCode,
      reason: job.reason,
      created_at: job.createdAt,
      queued_at: job.queuedAt,
      started_at: job.startedAt,
      finished_at: job.finishedAt,
      ...outputsOf(job),
    },
  });
}

function outputsOf({ outputs }: JobView): { outputs?: { name: string; url: string }[] } {
  const named = outputs.flatMap(({ name, url }) => (url === undefined ? [] : [{ name, url }]));
  return named.length === 0 ? {} : { outputs: named };
}
