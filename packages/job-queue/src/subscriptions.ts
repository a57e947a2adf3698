import type { Redis } from '@infermesh/redis';
import type { Logger } from '@infermesh/telemetry';

type Listener = (message: string) => void;

/** A silent subscriber connection looks like a quiet channel; a question tells them apart. */
const probeMs = 10_000;

/** All channels of one job queue on one connection. */
export class Subscriptions implements Disposable {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #subscriber: Redis;
  readonly #timer: NodeJS.Timeout;

  constructor(subscriber: Redis, logger: Logger) {
    this.#subscriber = subscriber;
    subscriber.on('message', (channel, message) => {
      this.#deliver(channel, message);
    });
    subscriber.on('ready', () => {
      for (const channel of this.#listeners.keys()) this.#deliver(channel, '');
    });
    this.#timer = setInterval(() => {
      subscriber.ping().catch((error: unknown) => {
        logger.debug({ err: error }, 'the subscriber connection does not answer');
      });
    }, probeMs);
    this.#timer.unref();
  }

  /**
   * Resolves once messages arrive. An empty message stands for "some may have been lost": it comes after a reconnect.
   * The returned function ends the subscription.
   */
  async listen(channel: string, listener: Listener): Promise<() => void> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(channel, listeners);
    await this.#subscriber.subscribe(channel);
    return () => {
      this.#leave(channel, listener);
    };
  }

  #leave(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    this.#subscriber.unsubscribe(channel).catch(() => undefined);
  }

  #deliver(channel: string, message: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener(message);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#subscriber.disconnect();
  }
}
