import { verifyKey, type Principal } from '@infermesh/contracts';
import { digestKey } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import type { z } from 'zod';

interface Options {
  readonly jobQueue: JobQueue;
  /** Shared with the auth service: keys travel and are stored as HMAC digests only. */
  readonly pepper: string;
  /** How long an answer of the auth service is believed; default 5 s. Revocations and its own end end it at once. */
  readonly believeMs?: number;
}

interface Known {
  readonly principal: Promise<Principal>;
  until: number;
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
    const answer = this.#ask(digest);
    const until = performance.now() + this.#believeMs;
    const asked: Known = { principal: answer.then(({ principal }) => principal), until };
    this.#known.delete(digest);
    this.#known.set(digest, asked);
    this.#bound();
    answer.then(
      ({ expiresAt }) => {
        if (expiresAt == null) return;
        asked.until = Math.min(until, performance.now() + Date.parse(expiresAt) - Date.now());
      },
      () => {
        if (this.#known.get(digest) === asked) this.#known.delete(digest);
      },
    );
    return asked.principal;
  }

  /** A key, user or role has changed: everything is asked again. */
  forgetAll(): void {
    this.#known.clear();
  }

  #ask(digest: string): Promise<z.output<typeof verifyKey.response>> {
    return this.#jobQueue.call(verifyKey, { digest }, { deadlineAt: Date.now() + verifyTimeoutMs });
  }

  #bound(): void {
    if (this.#known.size <= maxKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
