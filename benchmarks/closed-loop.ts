export interface LoopOptions {
  /** Each sends its next request when the one before is answered. */
  readonly clients: number;
  readonly durationMs: number;
  /** Rejects when the request failed: the measurement ends. May resolve with its own measure of its latency, in milliseconds. */
  readonly request: () => Promise<unknown>;
}

export interface LoopSample {
  /** One per request that was answered. */
  readonly latenciesMs: readonly number[];
  readonly perSecond: number;
}

/** Keeps so many clients busy for a while. */
export async function runClosedLoop({ clients, durationMs, request }: LoopOptions): Promise<LoopSample> {
  const latenciesMs: number[] = [];
  const beganAt = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - beganAt < durationMs) {
      const sentAt = performance.now();
      const own = await request();
      latenciesMs.push(typeof own === 'number' ? own : performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { latenciesMs, perSecond: (latenciesMs.length / (performance.now() - beganAt)) * 1000 };
}
