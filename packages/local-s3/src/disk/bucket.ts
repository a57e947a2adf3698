import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@infermesh/telemetry';
import { S3Error } from '../s3-error.js';
import type { DataFiles } from './data-files.js';
import type { KeyIndex } from './key-index.js';
import { KeyLock } from './key-lock.js';
import { listKeys, type ListPage, type ListQuery } from './list-keys.js';
import type { ObjectRecord, Segment } from './object-record.js';
import { writeJsonAtomically } from './write-atomically.js';

export interface BucketParts {
  readonly name: string;
  readonly folder: string;
  readonly createdMs: number;
  readonly index: KeyIndex;
  readonly data: DataFiles;
  readonly fsync: boolean;
  readonly logger: Logger | undefined;
}

/** Looks at what is there now (or not) and throws to keep it. */
export type Precondition = (current: ObjectRecord | undefined) => void;

/** Objects of one bucket. A record on disk is the moment from which an object is there; its bytes are written before. */
export class Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly data: DataFiles;
  readonly #parts: BucketParts;
  readonly #lock = new KeyLock();
  #isOpen = true;

  constructor(parts: BucketParts) {
    this.name = parts.name;
    this.createdMs = parts.createdMs;
    this.data = parts.data;
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#parts.index.size === 0;
  }

  find(key: string): ObjectRecord | undefined {
    return this.#parts.index.find(key);
  }

  /** @throws S3Error NoSuchKey */
  get(key: string): ObjectRecord {
    const record = this.find(key);
    if (record === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    return record;
  }

  list(query: ListQuery): ListPage {
    return listKeys(this.#parts.index, query);
  }

  /** Makes the record visible in place of an older one. On failure its segments are removed. */
  async put(record: ObjectRecord, precondition: Precondition = () => undefined): Promise<void> {
    try {
      await this.#lock.run(record.key, () => this.#commit(record, precondition));
    } catch (error) {
      await this.data.remove(record.segments);
      throw error;
    }
  }

  /** Like put, for segments that belong to someone else as long as it has not succeeded. */
  async adopt(record: ObjectRecord, precondition: Precondition = () => undefined): Promise<void> {
    await this.#lock.run(record.key, () => this.#commit(record, precondition));
  }

  async delete(key: string, precondition: Precondition = () => undefined): Promise<void> {
    await this.#lock.run(key, async () => {
      this.assertOpen();
      const record = this.find(key);
      precondition(record);
      if (record === undefined) return;
      await rm(this.#recordPath(key), { force: true });
      this.#parts.index.delete(key);
      await this.#discard(record.segments);
    });
  }

  /** From here on every change is refused. */
  close(): void {
    this.#isOpen = false;
  }

  /** @throws S3Error NoSuchBucket when it was deleted in the meantime */
  assertOpen(): void {
    if (!this.#isOpen) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  }

  async #commit(record: ObjectRecord, precondition: Precondition): Promise<void> {
    this.assertOpen();
    const previous = this.find(record.key);
    precondition(previous);
    await writeJsonAtomically(this.#recordPath(record.key), record, { fsync: this.#parts.fsync });
    this.#parts.index.set(record);
    if (previous !== undefined) await this.#discard(previous.segments);
  }

  /** The change has happened by now: a file that cannot be removed is left to the next start's sweep. */
  async #discard(segments: readonly Segment[]): Promise<void> {
    try {
      await this.data.remove(segments);
    } catch (error) {
      this.#parts.logger?.warn({ err: error, bucket: this.name }, 'old data was not removed');
    }
  }

  #recordPath(key: string): string {
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.#parts.folder, 'objects', hash.slice(0, 2), `${hash}.json`);
  }
}
