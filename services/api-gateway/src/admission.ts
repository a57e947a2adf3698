import { MeshError } from '@infermesh/errors';

export interface AdmissionLimits {
  /** Requests per second that a key may make on the average. */
  readonly requestsPerSecond: number;
  /** Requests it may make at once after a pause. */
  readonly burst: number;
  /** Event streams it may keep open at once; default 100. */
  readonly streamsPerKey?: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

const maxBuckets = 100_000;

/**
 * Every dialect asks here before it makes a job. A token bucket per key, in this gateway's memory: with several gateways a key's
 * rate is that many times higher. What may wait at an endpoint is bounded by the dispatcher.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: AdmissionLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** @param cost requests this one counts for @throws MeshError QUOTA_EXCEEDED with the seconds to wait */
  admit(keyId: string, cost = 1): void {
    const { requestsPerSecond, burst } = this.#limits;
    const now = this.#now();
    const bucket = this.#buckets.get(keyId) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * requestsPerSecond);
    if (tokens < cost) {
      throw new MeshError('QUOTA_EXCEEDED', `this key may make ${requestsPerSecond} requests a second: slow down`, {
        retryAfterSeconds: Math.ceil((cost - tokens) / requestsPerSecond),
      });
    }
    this.#buckets.delete(keyId);
    this.#buckets.set(keyId, { tokens: tokens - cost, at: now });
    if (this.#buckets.size > maxBuckets) this.#dropOldest();
  }

  #dropOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
