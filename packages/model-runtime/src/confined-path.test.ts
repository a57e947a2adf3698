import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { confinedPath } from './confined-path.js';

describe('confinedPath', () => {
  let folder = '';
  let scratch = '';

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'confined-')));
    scratch = join(folder, 'scratch');
    await mkdir(join(scratch, 'job'), { recursive: true });
    await mkdir(join(folder, 'scratch-of-another'));
    await writeFile(join(folder, 'secret'), 'x');
    await writeFile(join(scratch, 'job', 'payload'), 'x');
    await symlink('../../secret', join(scratch, 'job', 'link'));
    await symlink('../../gone', join(scratch, 'job', 'dangling'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.each(['job', 'job/payload', 'job/new', './job/../job/payload'])('lets %s pass', async (path) => {
    await expect(confinedPath(scratch, join(scratch, path))).resolves.toBe(join(scratch, path));
  });

  it.each(['.', '..', '../secret', '../scratch-of-another', 'job/link', 'job/dangling', 'missing/new', '/etc/passwd'])(
    'refuses %s',
    async (path) => {
      await expect(confinedPath(scratch, path)).rejects.toMatchObject({ code: 'INTERNAL' });
    },
  );
});
