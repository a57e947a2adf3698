import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { saveBody } from './save-body.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infermesh-save-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function* parts(texts: readonly string[], fault?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
  if (fault !== undefined) throw fault;
}

describe('saveBody', () => {
  test('writes every part in order and counts them', async () => {
    const path = join(folder, 'out.png');
    const counts: number[] = [];
    const sizeBytes = await saveBody(parts(['one', 'two']), path, (count) => counts.push(count));
    expect(sizeBytes).toBe(6);
    expect(counts).toEqual([3, 6]);
    expect(await readFile(path, 'utf8')).toBe('onetwo');
    expect(await readdir(folder)).toEqual(['out.png']);
  });

  test('a stream that breaks off leaves the earlier file and no trace of itself', async () => {
    const path = join(folder, 'out.png');
    await writeFile(path, 'earlier');
    await expect(saveBody(parts(['half'], new Error('cut')), path)).rejects.toThrow('cut');
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['out.png']);
  });

  test('names the fault of the file system when the folder is not there', async () => {
    await expect(saveBody(parts(['one']), join(folder, 'none', 'out.png'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
