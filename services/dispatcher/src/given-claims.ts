/** Some megabyte; beyond it the oldest go, and are read again where they are needed. */
const mostKnown = 10_000;

export interface GivenClaim {
  readonly jobId: string;
  readonly endpointId: string;
  readonly epoch: number;
  readonly tenantId: string;
}

interface Known extends GivenClaim {
  readonly heldUntilMs: number;
}

/**
 * The claims that this process gave to workers, so that a grant and a commit need not read the record first. A claim counts as held
 * for the time of a lease since it was given, or since a renewal that came by here found it held: so long nobody else is given the
 * job, and only its deletion or end by another dispatcher goes unnoticed.
 */
export class GivenClaims {
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  /** @param now milliseconds of a clock that nobody sets */
  constructor(leaseMs: number, now: () => number = () => performance.now()) {
    this.#leaseMs = leaseMs;
    this.#now = now;
  }

  remember({ jobId, endpointId, epoch, tenantId }: GivenClaim): void {
    this.#known.delete(jobId);
    this.#known.set(jobId, { jobId, endpointId, epoch, tenantId, heldUntilMs: this.#now() + this.#leaseMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) return;
      this.#known.delete(oldest);
    }
  }

  /** A renewal found it held. */
  prolong(jobId: string, epoch: number): void {
    const known = this.#known.get(jobId);
    if (known?.epoch === epoch) this.remember(known);
  }

  /** Undefined where only the record can tell. */
  findHeld({ jobId, endpointId, epoch }: Omit<GivenClaim, 'tenantId'>): GivenClaim | undefined {
    const known = this.#known.get(jobId);
    if (known?.endpointId !== endpointId || known.epoch !== epoch || known.heldUntilMs <= this.#now()) return undefined;
    return known;
  }

  /** Whose the job is: that never changes. */
  findTenant(jobId: string): string | undefined {
    return this.#known.get(jobId)?.tenantId;
  }

  /** The claim has ended. */
  forget(jobId: string): void {
    this.#known.delete(jobId);
  }
}
