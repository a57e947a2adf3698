import { setTimeout as delay } from 'node:timers/promises';

/** Waits until it is so. For what shows itself only on disk; the test's own time limit ends a wait in vain. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}
