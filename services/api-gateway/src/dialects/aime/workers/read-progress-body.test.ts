import { expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import type { RawBody } from '@infermesh/http';
import { readProgressBody } from './read-progress-body.js';

/** A body that cannot be read, as the server finds one with NaN. */
function unreadable(bytes: Buffer): RawBody {
  const body: Pick<RawBody, 'bytes' | 'json' | 'part'> = {
    bytes,
    json: () => Promise.reject(new MeshError('BAD_REQUEST', 'not valid JSON')),
    part: (start, end) => unreadable(bytes.subarray(start, end)),
  };
  return body as RawBody;
}

it('lets others have their turn while it reads a batch that cannot be read as a whole', async () => {
  const job = `{"job_id":"a","progress":5,"text":"${'x'.repeat(8_000)}",NaN}`;
  const bytes = Buffer.from(`[${Array.from({ length: 200 }, () => job).join(',')}]`);
  let turns = 0;
  let next = setImmediate(function count() {
    turns += 1;
    next = setImmediate(count);
  });
  const read = await readProgressBody(unreadable(bytes));
  clearImmediate(next);
  expect(read).toEqual(Array.from({ length: 200 }, () => ({ job_id: 'a', progress: 5 })));
  expect(turns).toBeGreaterThan(10);
});
