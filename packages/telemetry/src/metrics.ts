import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface MetricOptions<Label extends string> {
  /** `mesh_<what>_<unit>`, with `_total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The metrics of one process. Asking twice for the same name returns the same metric, so that rooms need not share variables. */
export class Metrics {
  readonly #registry = new Registry();
  #collectsProcess = false;

  /** Adds the process's own figures: memory, event loop lag, file descriptors. */
  collectProcess(): void {
    if (this.#collectsProcess) return;
    this.#collectsProcess = true;
    collectDefaultMetrics({ register: this.#registry });
  }

  counter<Label extends string = never>({ name, help, labels = [] }: MetricOptions<Label>): Counter<Label> {
    return (
      (this.#registry.getSingleMetric(name) as Counter<Label> | undefined) ??
      new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] })
    );
  }

  gauge<Label extends string = never>({ name, help, labels = [] }: MetricOptions<Label>): Gauge<Label> {
    return (
      (this.#registry.getSingleMetric(name) as Gauge<Label> | undefined) ??
      new Gauge({ name, help, labelNames: [...labels], registers: [this.#registry] })
    );
  }

  /** Observes seconds. */
  duration<Label extends string = never>({ name, help, labels = [] }: MetricOptions<Label>): Histogram<Label> {
    return (
      (this.#registry.getSingleMetric(name) as Histogram<Label> | undefined) ??
      new Histogram({ name, help, labelNames: [...labels], buckets: durationBuckets, registers: [this.#registry] })
    );
  }

  /** The Prometheus text format, version 0.0.4. */
  async render(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
