import { openDatabase } from '@infermesh/database';
import { createLogger } from '@infermesh/telemetry';
import { expect, it } from '@jest/globals';
import { findRecordFaults } from '../../../benchmarks/esd/check-records.js';
import { runCrowd } from '../../../benchmarks/esd/crowd.js';
import { installAudit } from '../../faults/matrix/audit.js';
import { startEmbeddedMesh } from '../../harness/embedded-mesh.js';

it('loses none of the jobs of a crowd, and commits none twice', async () => {
  await using mesh = await startEmbeddedMesh();
  const logger = createLogger({ service: 'crowd', level: 'silent' });
  await using database = openDatabase({ url: mesh.mesh.databaseUrl, maxConnections: 1, logger });
  await installAudit(database);
  const jobs = 300;
  const { finished, wrongs } = await runCrowd({ ...mesh, users: 60, jobs, pollMs: 500 });
  expect(wrongs).toEqual([]);
  expect(finished).toHaveLength(jobs);
  expect(await findRecordFaults(database, finished)).toEqual([]);
}, 600_000);
