import type { Metrics } from '@infermesh/telemetry';

export type JobEnding = 'succeeded' | 'failed' | 'late';

/** What external workers do, by job type: as many as the files name. */
export class JobMetrics {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** A result came. */
  ended(jobType: string, outcome: JobEnding): void {
    this.#metrics
      .counter({
        name: 'mesh_aime_results_total',
        help: 'Results of external workers; late: nobody waited for them any more',
        labels: ['job_type', 'outcome'],
      })
      .inc({ job_type: jobType, outcome });
  }

  /** From the moment a worker got the job to its result. */
  worked(jobType: string, durationMs: number): void {
    this.#metrics
      .duration({
        name: 'mesh_aime_job_duration_seconds',
        help: 'Time that external workers take for a job',
        labels: ['job_type'],
      })
      .observe({ job_type: jobType }, durationMs / 1_000);
  }

  online(jobType: string, workers: number): void {
    this.#metrics
      .gauge({ name: 'mesh_aime_workers', help: 'External workers that live', labels: ['job_type'] })
      .set({ job_type: jobType }, workers);
  }
}
