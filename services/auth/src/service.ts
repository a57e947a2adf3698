import type { Database } from '@infermesh/database';
import type { JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import type { Logger } from '@infermesh/telemetry';
import { authCalls } from './calls.js';
import { LastUsed } from './keys/last-used.js';
import { LoginThrottle } from './passwords/login-throttle.js';
import { PasswordHasher } from './passwords/password-hasher.js';

export interface AuthOptions {
  readonly jobQueue: JobQueue;
  readonly database: Database;
  /** At least 32 characters, the same for every gateway: without it no key can be verified. */
  readonly pepper: string;
  readonly logger: Logger;
  /** How long a stop waits for calls in progress; default 5 s. */
  readonly stopGraceMs?: number;
}

/** Starts the owner of tenants, users, roles and keys. Several may run on one database. */
export async function startAuth({
  jobQueue,
  database,
  pepper,
  logger,
  stopGraceMs = 5_000,
}: AuthOptions): Promise<AsyncDisposable> {
  await using opened = new ResourceStack();
  const lastUsed = opened.use(new LastUsed(database, logger));
  const parts = {
    db: database,
    jobQueue,
    pepper,
    lastUsed,
    hasher: new PasswordHasher(),
    throttle: new LoginThrottle(),
    logger,
  };
  opened.use(await jobQueue.serve('auth', authCalls(parts), { concurrency: 64, stopGraceMs }));
  return opened.move();
}
