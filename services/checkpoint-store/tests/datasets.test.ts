import { createDataset, deleteDatasets, getDataset, listDatasets } from '@infermesh/contracts';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startStoreBench, type StoreBench } from './store-bench.js';

let bench: StoreBench;
beforeAll(async () => {
  bench = await startStoreBench();
}, 90_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const forMs = 60_000;

async function untilGone(key: string): Promise<void> {
  const signal = AbortSignal.timeout(forMs);
  while ((await bench.objectStore.find(key, signal)) !== undefined) await delay(20);
}

it('takes the files of a deleted dataset away, and those that come by its URLs afterwards', async () => {
  const wish = { tenantId: 't1', owner: 'ann', name: 'cats', description: '', allowedRoles: [] };
  const files = [{ filename: 'a.png', name: 'a', type: 'image', params: {} }];
  const { dataset, uploads } = await bench.call(createDataset, { ...wish, files });
  const put = (): Promise<Response> => fetch(uploads[0]?.url ?? '', { method: 'PUT', body: 'meow' });
  expect((await put()).status).toBe(200);
  const access = { tenantId: 't1', subject: 'ann', roles: [], seesAll: false };
  expect(await bench.call(deleteDatasets, { access, names: ['cats', 'ghost'] })).toEqual({ deleted: ['cats'] });
  const key = `${dataset.objectPrefix}a.png`;
  await untilGone(key);

  expect((await put()).status).toBe(200); // the URL lives on
  await bench.database.query('update checkpoint_garbage set sweep_at = now(), final_sweep_at = now() where id = $1', [
    dataset.id,
  ]);
  await bench.restart();
  await untilGone(key);
}, 120_000);

it('answers however many datasets there are, and a dataset of a hundred files with long names', async () => {
  const tenantId = 't2';
  const names = Array.from({ length: 130 }, (_, index) => `set-${String(index)}`);
  const file = { filename: 'a.png', name: 'a', type: 'image', params: {} };
  for (const name of names) {
    await bench.call(createDataset, {
      tenantId,
      name,
      owner: 'ann',
      description: 'x'.repeat(1_500),
      allowedRoles: [],
      files: [file],
    });
  }
  const seen: string[] = [];
  for (let after: string | undefined, isLast = false; !isLast;) {
    const page = await bench.call(listDatasets, { tenantId, after });
    seen.push(...page.datasets.map(({ name }) => name));
    after = page.datasets.at(-1)?.id;
    ({ isLast } = page);
  }
  expect(seen).toEqual(names.toReversed());

  const files = Array.from({ length: 100 }, (_, index) => ({
    ...file,
    filename: `${String(index)}-${'x'.repeat(190)}`,
  }));
  const wish = { tenantId, name: 'many', owner: 'ann', description: '', allowedRoles: [], files };
  expect((await bench.call(createDataset, wish)).uploads).toHaveLength(100);
  expect((await bench.call(getDataset, { tenantId, name: 'many' })).files).toHaveLength(100);
}, 120_000);
