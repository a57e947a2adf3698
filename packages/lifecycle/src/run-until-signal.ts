import { once } from 'node:events';

/**
 * Starts a service, waits for SIGINT or SIGTERM (or, for a child, for its parent to go away), then disposes of it.
 * A second signal kills, as an operator expects.
 */
export async function runUntilSignal(
  start: (stopping: AbortSignal) => AsyncDisposable | Promise<AsyncDisposable>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  if (process.connected) process.once('disconnect', stop);

  try {
    await using _service = await start(stopping.signal);
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  } finally {
    // Listening for 'disconnect' makes the channel to the parent keep the process alive, even with nothing left to do.
    process.channel?.unref();
  }
}
