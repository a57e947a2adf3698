import { describe, expect, it } from '@jest/globals';
import { KeyIndex } from './key-index.js';
import { compareKeys } from './key-order.js';
import { listKeys, type ListPosition } from './list-keys.js';
import type { ObjectRecord } from './object-record.js';

function aRecord(key: string): ObjectRecord {
  return { key, sizeBytes: 0, etag: '', lastModifiedMs: 0, segments: [], headers: {} };
}

/** Small numbers from a seed, so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

const signs = ['a', 'b', '/', '-', 'ü', '\uffee', '𝄞', '\ud7ff'];

function someKeys(random: (below: number) => number, count: number): string[] {
  const keys = Array.from({ length: count }, () =>
    Array.from({ length: 1 + random(6) }, () => signs[random(signs.length)]).join(''),
  );
  return [...new Set(keys)];
}

function expectedList(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + delimiter.length);
    });
  return [...new Set(entries)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function listAll(index: KeyIndex, prefix: string, delimiter: string, maxKeys: number): string[] {
  const entries: string[] = [];
  let after: ListPosition | undefined;
  do {
    const page = listKeys(index, { prefix, delimiter, maxKeys, after });
    expect(page.records.length + page.commonPrefixes.length).toBeLessThanOrEqual(maxKeys);
    entries.push(...[...page.records.map(({ key }) => key), ...page.commonPrefixes].sort(compareKeys));
    after = page.next;
  } while (after !== undefined);
  return entries;
}

describe('lists of keys', () => {
  it('come in the order of their bytes in UTF-8', () => {
    const keys = someKeys(createRandom(1), 2000);
    const byBytes = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keys.toSorted(compareKeys)).toEqual(byBytes);
  });

  it.each([1, 2, 3, 4, 5])('agree with a plain filter, page by page (seed %d)', (seed) => {
    const random = createRandom(seed);
    const keys = someKeys(random, 300);
    const index = new KeyIndex(keys.slice(0, 100).map(aRecord));
    for (const key of keys.slice(100)) index.set(aRecord(key));
    for (const key of keys.slice(0, 50)) index.delete(key);
    const present = keys.slice(50);
    for (const prefix of ['', 'a', 'a/', '/', 'ü', 'nothing']) {
      for (const delimiter of ['', '/', '-', 'ab', '𝄞']) {
        for (const maxKeys of [1, 3, 1000]) {
          expect(listAll(index, prefix, delimiter, maxKeys)).toEqual(expectedList(present, prefix, delimiter));
        }
      }
    }
  });

  it('begins behind a key that need not exist', () => {
    const index = new KeyIndex(['a', 'b', 'c/1', 'c/2', 'd'].map(aRecord));
    const query = { prefix: '', delimiter: '/', maxKeys: 10 };
    const behind = (value: string) => listKeys(index, { ...query, after: { kind: 'key', value } });
    expect(behind('aa').records.map(({ key }) => key)).toEqual(['b', 'd']);
    expect(behind('c/1').commonPrefixes).toEqual(['c/']);
    expect(behind('c/2').commonPrefixes).toEqual([]);
  });

  it('asks for nothing', () => {
    const index = new KeyIndex(['a'].map(aRecord));
    const page = listKeys(index, { prefix: '', delimiter: '', maxKeys: 0, after: undefined });
    expect(page).toEqual({ records: [], commonPrefixes: [], next: undefined });
  });
});
