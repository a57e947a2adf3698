import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultInstanceTypes, loadInstanceTypes } from './instance-types.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instance-types-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function load(text: string): ReturnType<typeof loadInstanceTypes> {
  const path = join(folder, 'types.json');
  await writeFile(path, text);
  return loadInstanceTypes(path);
}

describe('the table of instance types', () => {
  it('is the default without a file', async () => {
    expect(await loadInstanceTypes(undefined)).toBe(defaultInstanceTypes);
  });

  it('is what the operator wrote', async () => {
    const tolerations = [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }];
    const big = { cpus: 8, gpus: 1, nodeSelector: { pool: 'gpu' }, tolerations, quota: 3 };
    expect(await load(JSON.stringify({ big, small: { quota: 0 } }))).toEqual({
      big,
      small: { gpus: 0, nodeSelector: {}, tolerations: [], quota: 0 },
    });
  });

  it.each([
    ['no JSON', '{', /types\.json cannot be used/u],
    ['no quota', '{"big":{}}', /quota/u],
    ['a key that it does not know', '{"big":{"quota":1,"gpu":1}}', /gpu/u],
  ])('refuses %s, naming file and field', async (_name, text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('refuses a file that is not there', async () => {
    await expect(loadInstanceTypes(join(folder, 'missing.json'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
