import { compareKeys } from './key-order.js';
import type { ObjectRecord } from './object-record.js';

/** The records of one bucket in the order of their keys. */
export class KeyIndex {
  readonly #records = new Map<string, ObjectRecord>();
  readonly #keys: string[];

  constructor(records: Iterable<ObjectRecord> = []) {
    for (const record of records) this.#records.set(record.key, record);
    this.#keys = [...this.#records.keys()].sort(compareKeys);
  }

  get size(): number {
    return this.#keys.length;
  }

  find(key: string): ObjectRecord | undefined {
    return this.#records.get(key);
  }

  set(record: ObjectRecord): void {
    if (!this.#records.has(record.key)) this.#keys.splice(this.indexFrom(record.key), 0, record.key);
    this.#records.set(record.key, record);
  }

  delete(key: string): void {
    if (this.#records.delete(key)) this.#keys.splice(this.indexFrom(key), 1);
  }

  /** The key in that place of the order. */
  keyAt(index: number): string | undefined {
    return this.#keys[index];
  }

  /** The place of the first key that is not before this one. */
  indexFrom(key: string): number {
    return this.#search(0, (candidate) => compareKeys(candidate, key) < 0);
  }

  /** The place of the first key at or behind `from` that lacks the prefix, given that the key at `from` has it. */
  indexBehind(prefix: string, from: number): number {
    return this.#search(from, (candidate) => candidate.startsWith(prefix));
  }

  #search(from: number, isBefore: (key: string) => boolean): number {
    let low = from;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#keys[middle] ?? '')) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
