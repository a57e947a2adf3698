import { eventually, findDescendants } from '../../../harness/processes.js';
import { nothingToHeal, soonMs, type Fault } from '../fault.js';

/** The embedded database's process; the service that owns it starts it again. */
export const pgliteSigkill: Fault = {
  name: 'pglite-sigkill',
  topologies: ['embedded'],
  holdMs: 0,
  recoverWithinMs: soonMs,
  inject: async ({ rootPid }) => {
    const { pid } = await eventually(
      'the database process',
      async () => (await findDescendants(rootPid(), 'embedded/server-main'))[0],
    );
    process.kill(pid, 'SIGKILL');
    return { detail: `database process ${pid}`, heal: nothingToHeal };
  },
};
