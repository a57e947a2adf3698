import { verifyKey, type Principal } from '@infermesh/contracts';
import { digestKey } from '@infermesh/credentials';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { BelievedAnswers } from './believed-answers.js';
import { callInTime } from './call-in-time.js';

interface Options {
  readonly jobQueue: JobQueue;
  /** Shared with the auth service: keys travel and are stored as HMAC digests only. */
  readonly pepper: string;
  /** How long an answer of the auth service is believed; default 5 s. Revocations and its own end end it at once. */
  readonly believeMs?: number;
}

interface Verified {
  readonly principal: Principal;
  readonly expiresAt: string | null;
}

const verifyTimeoutMs = 5_000;
const longestKey = 512;

/** Turns a raw key into the principal it stands for. The raw key never leaves this process. */
export class KeyVerifier {
  readonly #jobQueue: JobQueue;
  readonly #pepper: string;
  readonly #verified: BelievedAnswers<Verified>;

  constructor({ jobQueue, pepper, believeMs = 5_000 }: Options) {
    this.#jobQueue = jobQueue;
    this.#pepper = pepper;
    this.#verified = new BelievedAnswers({ believeMs, endsAt });
  }

  /** @throws MeshError UNAUTHENTICATED; SERVICE_UNAVAILABLE when the auth service does not answer */
  async verify(key: string | undefined): Promise<Principal> {
    if (key === undefined || key === '' || key.length > longestKey) {
      throw new MeshError('UNAUTHENTICATED', 'send your API key in the header x-api-key');
    }
    return this.verifyDigest(digestKey(this.#pepper, key));
  }

  /** The same for a key of which only the digest is at hand. @throws as `verify` */
  async verifyDigest(digest: string): Promise<Principal> {
    return (await this.#verified.recall(digest, () => this.#ask(digest))).principal;
  }

  /** A key, user or role has changed: everything is asked again. */
  forgetAll(): void {
    this.#verified.forgetAll();
  }

  #ask(digest: string): Promise<Verified> {
    return callInTime(this.#jobQueue, verifyKey, { digest }, { deadlineAt: Date.now() + verifyTimeoutMs });
  }
}

function endsAt({ expiresAt }: Verified): number {
  return expiresAt === null ? Infinity : Date.parse(expiresAt);
}
