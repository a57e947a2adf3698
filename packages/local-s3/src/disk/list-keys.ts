import type { KeyIndex } from './key-index.js';
import type { ObjectRecord } from './object-record.js';

export interface ListQuery {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Where to go on: behind this key, or behind all keys with this prefix. */
  readonly after: ListPosition | undefined;
}

export interface ListPosition {
  readonly kind: 'key' | 'prefix';
  readonly value: string;
}

export interface ListPage {
  readonly records: readonly ObjectRecord[];
  readonly commonPrefixes: readonly string[];
  /** Undefined when the list is complete. */
  readonly next: ListPosition | undefined;
}

function firstIndex(index: KeyIndex, { prefix, after }: ListQuery): number {
  const start = index.indexFrom(prefix);
  if (after === undefined) return start;
  const position = index.indexFrom(after.value);
  if (after.kind === 'prefix') return Math.max(start, index.indexBehind(after.value, position));
  return Math.max(start, index.keyAt(position) === after.value ? position + 1 : position);
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** One page. Its cost grows with the page, not with the keys that a common prefix stands for. */
export function listKeys(index: KeyIndex, query: ListQuery): ListPage {
  const records: ObjectRecord[] = [];
  const commonPrefixes: string[] = [];
  let last: ListPosition | undefined;
  let place = firstIndex(index, query);
  for (let key = index.keyAt(place); key?.startsWith(query.prefix) === true; key = index.keyAt(place)) {
    if (records.length + commonPrefixes.length >= query.maxKeys) return { records, commonPrefixes, next: last };
    const commonPrefix = commonPrefixOf(key, query);
    const record = index.find(key);
    if (commonPrefix !== undefined) {
      commonPrefixes.push(commonPrefix);
      last = { kind: 'prefix', value: commonPrefix };
      place = index.indexBehind(commonPrefix, place);
    } else {
      if (record !== undefined) records.push(record);
      last = { kind: 'key', value: key };
      place += 1;
    }
  }
  return { records, commonPrefixes, next: undefined };
}
