import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { Config, startMesh } from '@infermesh/all-in-one';
import { lockFolder } from '@infermesh/lifecycle';
import { meshEnvironment } from '../harness/embedded-mesh.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const entry = fileURLToPath(new URL('../../services/all-in-one/dist/main.js', import.meta.url));

function start(folder: string, env: Record<string, string> = {}): Promise<unknown> {
  return startMesh({ config: Config.parse({ ...meshEnvironment(folder), ...env }) });
}

it('a folder that is a file, or another mesh uses, is refused before anything else is done', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await expect(start(file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('set INFERMESH_FOLDER') as unknown,
  });
  await using _other = await lockFolder(folder.path);
  await expect(start(folder.path)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/in use by process \d+ .*stop that mesh, or set INFERMESH_FOLDER/u) as unknown,
  });
  expect((await readdir(folder.path)).sort()).toEqual(['file', 'lock']);
});

it('a server that does not answer is named by its variable and host, without its password', async () => {
  await using folder = await temporaryFolder();
  const env = {
    DATABASE_URL: 'postgres://mesh:secret@127.0.0.1:1/mesh',
    REDIS_URL: 'redis://default:secret@127.0.0.1:1',
    S3_ENDPOINT: 'http://127.0.0.1:1',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
  };
  const refusal = await start(folder.path, env).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringMatching(/^DATABASE_URL names 127\.0\.0\.1:1: the database does not answer/u) as unknown,
  });
  expect(String(refusal)).not.toContain('secret');
});

it('SIGTERM ends a start at its next step', async () => {
  await using folder = await temporaryFolder();
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env['PATH'], ...meshEnvironment(folder.path) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === 1) child.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
  expect(lines.at(-1)).toBe('stopped before it was ready');
  expect(lines.filter((line) => line.includes('ready in') || line.includes('workers'))).toEqual([]);
  expect(await readdir(folder.path)).not.toContain('lock');
}, 90_000);
