import { describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { EsdClient } from '../harness/esd-client.js';
import { killProcess, startMeshProcess } from '../harness/mesh-process.js';
import { eventually, findDescendants, listProcesses } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { testImage } from '../harness/test-image.js';

const quick = { INFERMESH_STOP_GRACE_MS: '5000' };

/** The processes of a running mesh: its own, workers, models, Redis, the database. */
async function familyOf({ pid = 0 }: ChildProcess): Promise<Set<number>> {
  const descendants = await findDescendants(pid, '');
  expect(descendants.length).toBeGreaterThanOrEqual(5);
  return new Set([pid, ...descendants.map((descendant) => descendant.pid)]);
}

async function noneLeft(family: ReadonlySet<number>): Promise<void> {
  // a worker whose mesh is gone gives its running jobs their grace
  const look = async (): Promise<true | undefined> =>
    (await listProcesses()).some(({ pid }) => family.has(pid)) ? undefined : true;
  await eventually('all processes of the mesh being gone', look, 90_000);
}

describe('the whole mesh', () => {
  it('killed while jobs run and wait, finishes them all after its next start, and leaves nothing running', async () => {
    await using folder = await temporaryFolder();
    const image = (await testImage(600, 400)).toString('base64');
    const first = await startMeshProcess(folder.path, quick);
    const before = new EsdClient(first.url, first.adminKey);
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => before.prepare({ image, upscaler_1: 'Lanczos', upscaling_resize: 4 })),
    );
    for (const id of ids) expect((await before.start(id)).status).toBe(202);
    const family = await familyOf(first.child);
    await killProcess(first.child);
    await noneLeft(family);

    await using second = await startMeshProcess(folder.path);
    const after = new EsdClient(second.url, first.adminKey);
    const jobs = await Promise.all(ids.map((id) => after.untilEnded(id)));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'succeed'));
  }, 240_000);

  it('told to stop, lets running jobs finish or go back, and exits with code 0', async () => {
    await using folder = await temporaryFolder();
    const image = (await testImage(600, 400)).toString('base64');
    const mesh = await startMeshProcess(folder.path, quick);
    const client = new EsdClient(mesh.url, mesh.adminKey);
    const id = await client.prepare({ image, upscaler_1: 'Lanczos', upscaling_resize: 4 });
    await client.start(id);
    const exited = once(mesh.child, 'exit');
    const family = await familyOf(mesh.child);
    mesh.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await noneLeft(family);

    await using again = await startMeshProcess(folder.path);
    expect((await new EsdClient(again.url, mesh.adminKey).untilEnded(id)).status).toBe('succeed');
  }, 240_000);
});
