import { Worker } from 'node:worker_threads';

/**
 * Kills this process when its parent has gone. A thread of its own, as a model run may hold the main one for long: the
 * `disconnect` event would come too late, or never.
 */
export function watchParent(): void {
  const thread = new Worker(new URL('./parent-watch-thread.js', import.meta.url), {
    workerData: { parentPid: process.ppid },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  thread.unref();
}
