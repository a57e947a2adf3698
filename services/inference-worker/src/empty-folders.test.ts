import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EmptyFolders } from './empty-folders.js';

let parent: string;
let folders: EmptyFolders;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'empty-folders-'));
  folders = new EmptyFolders(parent);
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

it('lends a folder again that came back empty, and never to two at once', async () => {
  const [first, second] = [await folders.lend(), await folders.lend()];
  expect(first).not.toBe(second);
  await folders.takeBack(first);
  expect(await folders.lend()).toBe(first);
  expect(await readdir(parent)).toHaveLength(2);
});

it.each([
  ['a file', (folder: string) => writeFile(join(folder, 'left.bin'), 'of another tenant')],
  ['a folder', (folder: string) => mkdir(join(folder, 'left'))],
  ['nothing, the folder itself being gone', (folder: string) => rm(folder, { recursive: true })],
])('lends no folder again in which a job left %s', async (_, leave) => {
  const folder = await folders.lend();
  await leave(folder);
  await folders.takeBack(folder);
  expect(await readdir(parent)).toEqual([]);
  expect(await folders.lend()).not.toBe(folder);
});

it.each([
  ['got a file', (folder: string) => writeFile(join(folder, 'late.bin'), 'of another tenant')],
  ['went away', (folder: string) => rm(folder, { recursive: true })],
])('lends no folder again that %s after it came back', async (_, change) => {
  const folder = await folders.lend();
  await folders.takeBack(folder);
  await change(folder);
  const lent = await folders.lend();
  expect(lent).not.toBe(folder);
  expect(await readdir(lent)).toEqual([]);
  expect(await readdir(parent)).toHaveLength(1);
});

it('removes a folder with what is in it', async () => {
  const folder = await folders.lend();
  await writeFile(join(folder, 'half.bin'), 'half');
  await folders.remove(folder);
  expect(await readdir(parent)).toEqual([]);
});
