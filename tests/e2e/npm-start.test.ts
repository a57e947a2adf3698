import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { meshEnvironment } from '../harness/embedded-mesh.js';
import { killProcess } from '../harness/mesh-process.js';
import { eventually, findDescendants, listProcesses } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const runForeground = fileURLToPath(new URL('../../scripts/run-foreground.mjs', import.meta.url));

/** What `npm start` does once everything is built. */
const parentScript = `
  import { runForeground } from ${JSON.stringify(runForeground)};
  process.exitCode = await runForeground(process.execPath, ['services/all-in-one/dist/main.js', '--no-job']);`;

it('a mesh whose parent is killed with -9 stops by itself, with all its children', async () => {
  await using folder = await temporaryFolder();
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentScript], {
    env: { PATH: process.env['PATH'], ...meshEnvironment(folder.path) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: parent.stdout });
  for await (const line of lines) if (line.includes('metrics')) break;
  const family = new Set((await findDescendants(parent.pid ?? 0, '')).map(({ pid }) => pid));
  expect(family.size).toBeGreaterThan(3);
  const [mesh] = await findDescendants(parent.pid ?? 0, 'all-in-one');

  await killProcess(parent);
  try {
    const noneLeft = async (): Promise<true | undefined> =>
      (await listProcesses()).some(({ pid }) => family.has(pid)) ? undefined : true;
    await eventually('the end of every process of the mesh', noneLeft, 30_000);
  } catch (error) {
    if (mesh !== undefined) process.kill(mesh.pid, 'SIGTERM');
    throw error;
  }
}, 90_000);
