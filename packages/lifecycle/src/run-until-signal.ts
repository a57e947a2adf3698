import { once } from 'node:events';
import { listenForStop } from './listen-for-stop.js';

/**
 * Starts a service, waits for SIGINT or SIGTERM (or, for a child, for its parent to go away), then disposes of it.
 * A second signal kills, as an operator expects.
 */
export async function runUntilSignal(
  start: (stopping: AbortSignal) => AsyncDisposable | Promise<AsyncDisposable>,
): Promise<void> {
  using stop = listenForStop();
  await using _service = await start(stop.signal);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}
