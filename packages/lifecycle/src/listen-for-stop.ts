export interface StopRequest extends Disposable {
  /** Aborted once somebody wants this process to stop. */
  readonly signal: AbortSignal;
}

/**
 * Listens for SIGINT, SIGTERM and, in a child, for its parent's going, by kill -9 as well. A second signal kills, as an
 * operator expects. Dispose of it once nothing is left to stop: until then the channel to the parent keeps the process alive.
 */
export function listenForStop(): StopRequest {
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  if (process.connected) process.once('disconnect', stop);
  return {
    signal: stopping.signal,
    [Symbol.dispose]() {
      process.channel?.unref();
    },
  };
}
