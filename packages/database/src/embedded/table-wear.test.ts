import { expect, it } from '@jest/globals';
import { chooseCare } from './table-wear.js';

const fresh = { name: 'public.job', liveRows: 1000, deadRows: 0, changedRows: 0 };

it.each([
  ['a table at rest', fresh, true, []],
  ['few dead rows', { ...fresh, deadRows: 250 }, true, []],
  ['many dead rows', { ...fresh, deadRows: 251, changedRows: 900 }, true, ['vacuum (analyze) public.job']],
  ['many dead rows while others wait', { ...fresh, deadRows: 251 }, false, []],
  ['too many dead rows to wait any longer', { ...fresh, deadRows: 2501 }, false, ['vacuum (analyze) public.job']],
  ['few changes', { ...fresh, changedRows: 150 }, true, []],
  ['many new rows', { ...fresh, changedRows: 151 }, true, ['analyze public.job']],
  ['many new rows while others wait', { ...fresh, changedRows: 151 }, false, []],
  ['a table that was empty', { ...fresh, liveRows: 0, changedRows: 501 }, false, ['analyze public.job']],
])('%s', (_, table, isIdle, care) => {
  expect(chooseCare([table], isIdle)).toEqual(care);
});
