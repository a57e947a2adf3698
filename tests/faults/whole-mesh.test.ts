import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { EsdClient } from '../harness/esd-client.js';
import { killProcess, startMeshProcess } from '../harness/mesh-process.js';
import { eventually, listProcesses } from '../harness/processes.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { testImage } from '../harness/test-image.js';

async function noneLeft(folder: string): Promise<void> {
  await eventually('all processes of the mesh being gone', async () => {
    const left = (await listProcesses()).filter(({ command }) => command.includes(folder));
    return left.length === 0 ? true : undefined;
  });
}

describe('the whole mesh', () => {
  it('killed while jobs run and wait, finishes them all after its next start, and leaves nothing running', async () => {
    await using folder = await temporaryFolder();
    const image = (await testImage(600, 400)).toString('base64');
    const first = await startMeshProcess(folder.path);
    const before = new EsdClient(first.url, first.adminKey);
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => before.prepare({ image, upscaler_1: 'Lanczos', upscaling_resize: 4 })),
    );
    for (const id of ids) expect((await before.start(id)).status).toBe(202);
    await killProcess(first.child);
    await noneLeft(folder.path);

    await using second = await startMeshProcess(folder.path);
    const after = new EsdClient(second.url, first.adminKey);
    const jobs = await Promise.all(ids.map((id) => after.untilEnded(id)));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'succeed'));
  }, 120_000);

  it('told to stop, lets running jobs finish or go back, and exits with code 0', async () => {
    await using folder = await temporaryFolder();
    const image = (await testImage(600, 400)).toString('base64');
    const mesh = await startMeshProcess(folder.path);
    const client = new EsdClient(mesh.url, mesh.adminKey);
    const id = await client.prepare({ image, upscaler_1: 'Lanczos', upscaling_resize: 4 });
    await client.start(id);
    const exited = once(mesh.child, 'exit');
    mesh.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await noneLeft(folder.path);

    await using again = await startMeshProcess(folder.path);
    expect((await new EsdClient(again.url, mesh.adminKey).untilEnded(id)).status).toBe('succeed');
  }, 120_000);
});
