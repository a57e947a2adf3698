import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from './lock-folder.js';

const conflict = { code: 'CONFLICT' };

describe('lockFolder', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-lock-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function writeLock(holder: Record<string, unknown>, ageMs = 0): Promise<void> {
    const path = join(folder, 'lock');
    await writeFile(
      path,
      JSON.stringify({ token: 'other', host: hostname(), pid: 1, processStart: 'never', ...holder }),
    );
    const then = new Date(Date.now() - ageMs);
    await utimes(path, then, then);
  }

  it('lets one in at a time and leaves nothing behind', async () => {
    const first = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject(conflict);
    await first[Symbol.asyncDispose]();
    const second = await lockFolder(folder);
    await second[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets one of many in', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    const held = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(held).toHaveLength(1);
    for (const lock of held) await lock[Symbol.asyncDispose]();
  });

  it('takes over from a process that died, though its number may live again', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'exit');
    await writeLock({ pid: child.pid });
    await (await lockFolder(folder))[Symbol.asyncDispose]();
    await writeLock({ pid: process.pid, processStart: 'long ago' });
    await (await lockFolder(folder))[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it('believes another host as long as its heart beats', async () => {
    await writeLock({ host: 'elsewhere' });
    await expect(lockFolder(folder)).rejects.toMatchObject(conflict);
    await writeLock({ host: 'elsewhere' }, 60_000);
    await (await lockFolder(folder))[Symbol.asyncDispose]();
  });

  it('does not remove a lock that is no longer its own', async () => {
    const lock = await lockFolder(folder);
    await writeLock({ host: 'elsewhere' });
    await lock[Symbol.asyncDispose]();
    expect(await readFile(join(folder, 'lock'), 'utf8')).toContain('elsewhere');
  });
});
