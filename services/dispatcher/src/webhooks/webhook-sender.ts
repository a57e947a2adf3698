import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, Metrics } from '@infermesh/telemetry';
import {
  claimDeliveries,
  removeOldDeliveries,
  settleDelivery,
  type ClaimedDelivery,
} from '../records/webhook-deliveries.js';
import { attemptDelivery, type AttemptParts } from './delivery-attempt.js';

interface SenderParts extends AttemptParts {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const afterFailureMs = 5_000;
const cleanEveryMs = 60_000;
const cleanedAtOnce = 1_000;

/**
 * Sends the deliveries that are due, from the database alone: whatever process ended the job, and however often this one is
 * restarted. Any number of them may run.
 */
export class WebhookSender implements AsyncDisposable {
  readonly #parts: SenderParts;
  readonly #stopping = new AbortController();
  readonly #underWay = new Map<Promise<void>, string>();
  #running: Promise<void> = Promise.resolve();
  #rest = new AbortController();
  #cleanAt = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { settings, logger } = this.#parts;
    while (!this.#isStopping()) {
      this.#rest = new AbortController();
      const pauseMs = await this.#round().catch((error: unknown) => {
        if (!this.#isStopping()) logger.warn({ err: error }, 'due webhooks not read');
        return Math.max(afterFailureMs, settings.lookEveryMs);
      });
      const signal = AbortSignal.any([this.#rest.signal, this.#stopping.signal]);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Begins as many attempts as there is room for. @returns how long to rest: not at all while there may be more */
  async #round(): Promise<number> {
    const { db, settings } = this.#parts;
    await this.#clean();
    const limit = Math.min(settings.seats - this.#underWay.size, settings.seatsPerTenant);
    if (limit <= 0) return settings.lookEveryMs;
    const claimed = await claimDeliveries(db, { limit, leaseMs: settings.leaseMs, fullTenants: this.#fullTenants() });
    for (const delivery of claimed) this.#begin(delivery);
    return claimed.length < limit ? settings.lookEveryMs : 0;
  }

  /** Those with `seatsPerTenant` attempts under way; a claim may take them one claim's size beyond it. */
  #fullTenants(): string[] {
    const counts = new Map<string, number>();
    for (const tenantId of this.#underWay.values()) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= this.#parts.settings.seatsPerTenant).map(([id]) => id);
  }

  #begin(delivery: ClaimedDelivery): void {
    const attempt = this.#attempt(delivery).finally(() => {
      this.#underWay.delete(attempt);
      this.#rest.abort(); // there is room again
    });
    this.#underWay.set(attempt, delivery.tenant_id);
  }

  /** Never rejects. What cannot be settled comes again when its lease has ended. */
  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    const { db, logger, metrics } = this.#parts;
    const outcome = await attemptDelivery(this.#parts, delivery, this.#stopping.signal);
    metrics
      .counter({ name: 'mesh_webhook_attempts_total', help: 'Webhook attempts by how they ended', labels: ['outcome'] })
      .inc({ outcome: outcome.kind });
    const line = { jobId: delivery.job_id, attempt: delivery.attempts, outcome: outcome.kind, status: outcome.status };
    logger.info(outcome.kind === 'delivered' ? line : { ...line, error: outcome.error }, 'webhook sent');
    await settleDelivery(db, delivery, outcome).catch((error: unknown) => {
      logger.warn({ err: error, jobId: delivery.job_id }, 'outcome of a webhook not written: it may be sent again');
    });
  }

  async #clean(): Promise<void> {
    if (performance.now() < this.#cleanAt) return;
    const removed = await removeOldDeliveries(this.#parts.db, this.#parts.settings.keepMs, cleanedAtOnce);
    this.#cleanAt = removed < cleanedAtOnce ? performance.now() + cleanEveryMs : 0;
  }

  /** A method, because the compiler takes a property it has read once for unchanging. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Attempts under way are cut off and come again soon, from whichever dispatcher runs then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#underWay.keys());
  }
}
