import { verifyKey, type Principal } from '@infermesh/contracts';
import { digestKey } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';

interface Options {
  readonly jobQueue: JobQueue;
  /** Shared with the auth service: keys travel and are stored as HMAC digests only. */
  readonly pepper: string;
  /** How long an answer of the auth service is believed; default 5 s. Revocations end it at once. */
  readonly believeMs?: number;
}

interface Known {
  readonly principal: Promise<Principal>;
  readonly until: number;
}

const maxKnown = 10_000;
const verifyTimeoutMs = 5_000;
const longestKey = 512;

/** Turns a raw key into the principal it stands for. The raw key never leaves this process. */
export class KeyVerifier {
  readonly #jobQueue: JobQueue;
  readonly #pepper: string;
  readonly #believeMs: number;
  readonly #known = new Map<string, Known>();

  constructor({ jobQueue, pepper, believeMs = 5_000 }: Options) {
    this.#jobQueue = jobQueue;
    this.#pepper = pepper;
    this.#believeMs = believeMs;
  }

  /** @throws MeshError UNAUTHENTICATED; SERVICE_UNAVAILABLE or DEADLINE_EXCEEDED when the auth service does not answer */
  async verify(key: string | undefined): Promise<Principal> {
    if (key === undefined || key === '' || key.length > longestKey) {
      throw new MeshError('UNAUTHENTICATED', 'send your API key in the header x-api-key');
    }
    const digest = digestKey(this.#pepper, key);
    const known = this.#known.get(digest);
    if (known !== undefined && known.until > performance.now()) return known.principal;
    const principal = this.#ask(digest);
    this.#known.delete(digest);
    this.#known.set(digest, { principal, until: performance.now() + this.#believeMs });
    this.#bound();
    principal.catch(() => {
      if (this.#known.get(digest)?.principal === principal) this.#known.delete(digest);
    });
    return principal;
  }

  /** A key, user or role has changed: everything is asked again. */
  forgetAll(): void {
    this.#known.clear();
  }

  async #ask(digest: string): Promise<Principal> {
    const { principal } = await this.#jobQueue.call(
      verifyKey,
      { digest },
      { deadlineAt: Date.now() + verifyTimeoutMs },
    );
    return principal;
  }

  #bound(): void {
    if (this.#known.size <= maxKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
