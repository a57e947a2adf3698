import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nothingToHeal, soonMs, type Fault } from '../fault.js';

/** The event loop of one worker stands still for longer than its locks and leases live. */
export const workerBlocked: Fault = {
  name: 'worker-blocked',
  topologies: ['split', 'embedded'],
  holdMs: 12_500,
  recoverWithinMs: soonMs,
  inject: async ({ folder }) => {
    await writeFile(join(folder, 'workers', 'block'), '');
    return { detail: 'whichever worker saw it first', heal: nothingToHeal };
  },
};
