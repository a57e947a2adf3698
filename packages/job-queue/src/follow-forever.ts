import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@infermesh/telemetry';
import type { JobEvent, JobQueue } from './job-queue.js';

export interface FollowForeverOptions {
  /** Events after this one; default: those that are appended from now on. */
  readonly afterSeq?: number;
  readonly onEvent: (event: JobEvent) => void | Promise<void>;
  /** Events may have been missed. */
  readonly onGap?: () => void;
  readonly logger: Logger;
}

const retryMs = 1_000;
/** Of a sequence number: it begins with the milliseconds of the event. */
const perMillisecond = 1_000;

/** Hears the events of one stream until disposed of; listens again when Redis was away or a handler failed. */
export function followForever(
  jobQueue: JobQueue,
  stream: string,
  { afterSeq = Date.now() * perMillisecond, onEvent, onGap, logger }: FollowForeverOptions,
): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  let lastSeq = afterSeq;
  const listen = async (): Promise<void> => {
    try {
      for await (const event of jobQueue.follow(stream, { signal, afterSeq: lastSeq })) {
        lastSeq = event.seq;
        await onEvent(event);
      }
    } catch (error) {
      logger.warn({ err: error, stream }, 'events not heard: listening again');
    }
    onGap?.();
  };
  const follow = async (): Promise<void> => {
    while (!isAborted(signal)) {
      await listen();
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const following = follow();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}

/** A function, because the compiler takes a property it has read once for unchanging. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
