import { createDataset, deleteDatasets } from '@infermesh/contracts';
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
