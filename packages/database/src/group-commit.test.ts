import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { GroupCommit } from './index.js';

/** A commit whose flushes end when the test says so. */
function aManualCommit() {
  const flushes: {
    items: readonly number[];
    end: (outcomes?: (number | Error)[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const commit = (items: readonly number[]): Promise<(number | Error)[]> =>
    new Promise((resolve, reject) => {
      flushes.push({
        items,
        end: (outcomes = [...items]) => {
          resolve(outcomes);
        },
        fail: reject,
      });
    });
  return { flushes, commit };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('GroupCommit', () => {
  it('flushes at once when idle, and gathers what comes meanwhile', async () => {
    const { flushes, commit } = aManualCommit();
    const writer = new GroupCommit<number, number>({ maxBatch: 2, commit });
    const added = [1, 2, 3, 4].map((item) => writer.add(item));
    expect(flushes.map(({ items }) => items)).toEqual([[1]]);
    expect(writer.backlog).toBe(3);
    flushes[0]?.end();
    await settled();
    expect(flushes.map(({ items }) => items)).toEqual([[1], [2, 3]]);
    flushes[1]?.end();
    await settled();
    flushes[2]?.end();
    expect(await Promise.all(added)).toEqual([1, 2, 3, 4]);
  });

  it('runs as many flushes at once as allowed', async () => {
    const { flushes, commit } = aManualCommit();
    const writer = new GroupCommit<number, number>({ concurrency: 2, commit });
    const added = [1, 2, 3].map((item) => writer.add(item));
    expect(flushes.map(({ items }) => items)).toEqual([[1], [2]]);
    flushes[1]?.end();
    await settled();
    expect(flushes[2]?.items).toEqual([3]);
    flushes[0]?.end();
    flushes[2]?.end();
    expect(await Promise.all(added)).toEqual([1, 2, 3]);
  });

  it('fails the one item alone that cannot be written down', async () => {
    const group = new GroupCommit<unknown, string>({
      commit: (items) => Promise.resolve(items.map((item) => JSON.stringify(item))),
    });
    let deep: unknown = 0;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    const results = await Promise.allSettled(['first', 'a', deep, 'b'].map((item) => group.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: expect.any(RangeError) });
  });

  it('hands an Error at an index to that item alone, and an undefined outcome through', async () => {
    const writer = new GroupCommit<number, undefined>({
      commit: (items) =>
        Promise.resolve(items.map((item) => (item === 2 ? new MeshError('CONFLICT', 'two') : undefined))),
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => writer.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('retries singly only where that can help', async () => {
    const tried: number[][] = [];
    const lost = new MeshError('DATABASE_UNAVAILABLE', 'gone');
    const writer = new GroupCommit<number, number>({
      commit: (items) => {
        tried.push([...items]);
        return Promise.reject(lost);
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => writer.add(item)));
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason === lost)).toEqual([
      true,
      true,
      true,
    ]);
    expect(tried).toEqual([[1], [2, 3]]);
  });

  it('bounds the backlog', async () => {
    const { flushes, commit } = aManualCommit();
    const writer = new GroupCommit<number, number>({ maxBacklog: 1, commit });
    const taken = [writer.add(1), writer.add(2)];
    await expect(writer.add(3)).rejects.toMatchObject({ code: 'QUEUE_FULL', retryAfterSeconds: 1 });
    flushes[0]?.end();
    await settled();
    flushes[1]?.end();
    expect(await Promise.all(taken)).toEqual([1, 2]);
  });

  it('waits for what it took when disposed, and takes no more', async () => {
    const { flushes, commit } = aManualCommit();
    const writer = new GroupCommit<number, number>({ commit });
    const added = [writer.add(1), writer.add(2)];
    let isDisposed = false;
    const disposed = writer[Symbol.asyncDispose]().then(() => {
      isDisposed = true;
    });
    await expect(writer.add(3)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    flushes[0]?.end();
    await settled();
    expect(isDisposed).toBe(false);
    flushes[1]?.end();
    await disposed;
    expect(await Promise.all(added)).toEqual([1, 2]);
  });

  it('fails the batch when the commit answers too few', async () => {
    const writer = new GroupCommit<number, number>({ commit: () => Promise.resolve([]) });
    await expect(writer.add(1)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
