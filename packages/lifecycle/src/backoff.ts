export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * equal-jitter exponential backoff: the wait before try `attempt` (1 is the first repetition) is uniform between half and
 * the whole of min(maxMs, firstMs * 2^(attempt-1)).
 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling * (0.5 + random() / 2));
}
