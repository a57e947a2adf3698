import type { Metrics } from '@infermesh/telemetry';

/** Counts and times requests by dialect, route template, method and status class. */
export class RequestMetrics {
  readonly #total;
  readonly #duration;
  readonly #bound = new Map<string, (seconds: number) => void>();

  constructor(metrics: Metrics) {
    const labels = ['dialect', 'route', 'method', 'status'] as const;
    this.#total = metrics.counter({ name: 'mesh_http_requests_total', help: 'Requests answered', labels });
    this.#duration = metrics.duration({
      name: 'mesh_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer',
      labels,
    });
  }

  /** @param status `2xx` to `5xx`, or `aborted` when the client left first */
  observe(dialect: string, route: string, method: string, status: string, seconds: number): void {
    const key = `${dialect} ${method} ${status} ${route}`;
    let record = this.#bound.get(key);
    if (record === undefined) {
      const labels = { dialect, route, method, status };
      const duration = this.#duration.labels(labels);
      const total = this.#total.labels(labels);
      record = (value) => {
        total.inc();
        duration.observe(value);
      };
      this.#bound.set(key, record);
    }
    record(seconds);
  }
}
