import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { toMeshError, type MeshError } from '@infermesh/errors';
import { backoffMs } from '@infermesh/lifecycle';
import type { StoreParts } from '../parts.js';
import { setFailed } from '../records/status.js';
import { endWork, putBackWork, renewWork, takeWork, type Work, type WorkKind } from '../records/work.js';

/** Does one piece of work and ends it, unless it has been lost meanwhile. @throws what kept it from that */
export interface WorkDoer {
  run(work: Work, owner: string, signal: AbortSignal): Promise<void>;
  /** After the last try. Default: the checkpoint fails with the error's message. */
  giveUp?(work: Work, owner: string, error: MeshError): Promise<void>;
  /** 1 is the first try; errors that are no outages count. */
  readonly maxAttempts: number;
}

const quickKinds: readonly WorkKind[] = ['inspect', 'rename'];
const pollMs = 5_000;
const retry = { firstMs: 1_000, maxMs: 60_000 };

class LostWork extends Error {}
class Stopped extends Error {}

/**
 * Does what is left to do after a call has been answered: digests, imports, copies. What to do is in the database, so work that a
 * process began and did not end is taken up by another one.
 */
export class BackgroundWork implements AsyncDisposable {
  readonly #parts: StoreParts;
  readonly #doers: Readonly<Record<WorkKind, WorkDoer>>;
  readonly #owner = randomUUID();
  readonly #stopping = new AbortController();
  readonly #running = new Map<Promise<void>, WorkKind>();
  readonly #onDone: () => void;
  #loop: Promise<void> = Promise.resolve();
  #rest = new AbortController();

  /** @param onDone called after each piece of work that is done */
  constructor(parts: StoreParts, doers: Readonly<Record<WorkKind, WorkDoer>>, onDone: () => void) {
    this.#parts = parts;
    this.#doers = doers;
    this.#onDone = onDone;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** There is something to do. */
  wake(): void {
    this.#rest.abort();
  }

  /** Does a checkpoint's next work now, and waits for it so long; it goes on afterwards. */
  async hurry(checkpointId: string, waitMs: number): Promise<void> {
    if (this.#isStopping() || this.#running.size >= this.#parts.settings.backgroundSlots) {
      this.wake();
      return;
    }
    const [work] = await takeWork(this.#parts.database, this.#taker(), { limit: 1, kinds: quickKinds, checkpointId });
    if (work === undefined) return;
    await Promise.race([this.#begin(work), delay(waitMs, undefined, { ref: false })]);
  }

  #taker(): { owner: string; leaseMs: number } {
    return { owner: this.#owner, leaseMs: this.#parts.settings.leaseMs };
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#rest = new AbortController();
      await this.#takeDue().catch((error: unknown) => {
        if (!this.#isStopping()) this.#parts.logger.warn({ err: error }, 'background work of checkpoints not taken');
      });
      const signal = AbortSignal.any([this.#rest.signal, this.#stopping.signal]);
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #takeDue(): Promise<void> {
    await this.#take(quickKinds, this.#parts.settings.backgroundSlots - this.#running.size);
    await this.#take(['import'], this.#freeForImports());
  }

  async #take(kinds: readonly WorkKind[], limit: number): Promise<void> {
    if (limit <= 0) return;
    for (const work of await takeWork(this.#parts.database, this.#taker(), { limit, kinds })) void this.#begin(work);
  }

  /** Half of the slots at most: servers that drip hold them for hours, and no upload would become usable meanwhile. */
  #freeForImports(): number {
    const { backgroundSlots } = this.#parts.settings;
    const imports = [...this.#running.values()].filter((kind) => kind === 'import').length;
    return Math.min(Math.max(1, Math.floor(backgroundSlots / 2)) - imports, backgroundSlots - this.#running.size);
  }

  #begin(work: Work): Promise<void> {
    const running = this.#do(work).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.set(running, work.kind);
    return running;
  }

  async #do(work: Work): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#stopping.signal]);
    const renewal = setInterval(() => void this.#renew(work, ended), this.#parts.settings.leaseMs / 3);
    try {
      await this.#doers[work.kind].run(work, this.#owner, signal);
      this.#parts.logger.info({ checkpointId: work.checkpoint_id, work: work.kind }, 'background work done');
      this.#onDone();
    } catch (error) {
      await this.#settle(work, signal.aborted ? signal.reason : error).catch((failure: unknown) => {
        this.#parts.logger.warn(
          { err: failure, checkpointId: work.checkpoint_id },
          'background work not put back: its lease will lapse',
        );
      });
    } finally {
      clearInterval(renewal);
    }
  }

  /** A database that is away for a moment is no loss: the lease is longer. */
  async #renew(work: Work, ended: AbortController): Promise<void> {
    const isHeld = await renewWork(this.#parts.database, work.id, this.#taker()).catch(() => true);
    if (!isHeld) ended.abort(new LostWork('the work was taken by another process, or its checkpoint is gone'));
  }

  async #settle(work: Work, error: unknown): Promise<void> {
    const { database, logger } = this.#parts;
    if (error instanceof LostWork) return;
    if (error instanceof Stopped) {
      await putBackWork(database, work.id, this.#owner, 0, false);
      return;
    }
    const failure = toMeshError(error);
    const doer = this.#doers[work.kind];
    logger.warn(
      { err: error, checkpointId: work.checkpoint_id, work: work.kind, attempt: work.attempts },
      'background work failed',
    );
    if (failure.retryable && (failure.code !== 'OUTBOUND_FAILED' || work.attempts < doer.maxAttempts)) {
      await putBackWork(database, work.id, this.#owner, backoffMs(retry, work.attempts), true);
    } else if (doer.giveUp === undefined) await this.#fail(work, failure);
    else await doer.giveUp(work, this.#owner, failure);
  }

  async #fail(work: Work, { message }: MeshError): Promise<void> {
    await this.#parts.database.transaction(async (tx) => {
      if (await endWork(tx, work.id, this.#owner)) await setFailed(tx, work.checkpoint_id, message);
    });
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Stopped('the checkpoint store stops'));
    await this.#loop;
    await Promise.all(this.#running.keys());
  }
}
