import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@infermesh/telemetry';
import { S3Error } from '../s3-error.js';
import type { Bucket } from './bucket.js';
import { KeyLock } from './key-lock.js';
import { makeFans } from './make-fans.js';
import type { MultipartUploads } from './multipart-uploads.js';
import { openBucket, type OpenBucket } from './open-bucket.js';
import { SpaceGuard } from './space-guard.js';
import { writeJsonAtomically } from './write-atomically.js';

export interface DiskStoreOptions {
  readonly folder: string;
  /** Ask the disk to confirm each write; default false: a power cut may lose the last seconds, a crash loses nothing. */
  readonly fsync: boolean;
  /** What stays free on the disk; default 1 GiB, or 2 % of a disk where that is less. */
  readonly minFreeBytes?: number | undefined;
  readonly logger: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const bucketName = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u;

function noSuchBucket(): S3Error {
  return new S3Error('NoSuchBucket', 'The specified bucket does not exist');
}

/** All buckets under one folder. The folder must be this process's alone. */
export class DiskStore {
  readonly #options: DiskStoreOptions;
  readonly #buckets = new Map<string, OpenBucket>();
  readonly #lock = new KeyLock();
  readonly #space: SpaceGuard;

  private constructor(options: DiskStoreOptions) {
    this.#options = options;
    this.#space = new SpaceGuard(options.folder, options.minFreeBytes);
  }

  static async open(options: DiskStoreOptions): Promise<DiskStore> {
    const store = new DiskStore(options);
    await mkdir(store.#path('buckets'), { recursive: true, mode: 0o700 });
    await rm(store.#path('trash'), { recursive: true, force: true });
    const entries = await readdir(store.#path('buckets'), { withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      store.#buckets.set(name, await openBucket({ ...options, folder: store.#path('buckets', name) }));
    }
    return store;
  }

  get buckets(): Bucket[] {
    return [...this.#buckets.values()].map(({ bucket }) => bucket).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws S3Error NoSuchBucket */
  get(name: string): Bucket {
    return this.#open(name).bucket;
  }

  /** @throws S3Error NoSuchBucket */
  uploadsOf(name: string): MultipartUploads {
    return this.#open(name).uploads;
  }

  /** Before a write of this length; dispose of it when the write has ended. @throws S3Error InsufficientStorage */
  reserveSpace(sizeBytes: number): Promise<Disposable> {
    return this.#space.reserve(sizeBytes);
  }

  /** @returns false when it was there already. @throws S3Error InvalidBucketName */
  async create(name: string): Promise<boolean> {
    if (!bucketName.test(name)) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
    return this.#lock.run(name, async () => {
      if (this.#buckets.has(name)) return false;
      const { fsync } = this.#options;
      // Prepared aside, so that a crash leaves no bucket that cannot be opened.
      const prepared = this.#path('trash', randomBytes(8).toString('hex'));
      await writeJsonAtomically(join(prepared, 'bucket.json'), { createdMs: this.#options.clock() }, { fsync });
      await Promise.all([makeFans(join(prepared, 'data')), makeFans(join(prepared, 'objects'))]);
      await rename(prepared, this.#path('buckets', name));
      this.#buckets.set(name, await openBucket({ ...this.#options, folder: this.#path('buckets', name) }));
      return true;
    });
  }

  /** @throws S3Error NoSuchBucket, BucketNotEmpty */
  async delete(name: string): Promise<void> {
    await this.#lock.run(name, async () => {
      const { bucket } = this.#open(name);
      if (!bucket.isEmpty) throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty');
      bucket.close();
      this.#buckets.delete(name);
      const doomed = this.#path('trash', randomBytes(8).toString('hex'));
      await mkdir(this.#path('trash'), { recursive: true, mode: 0o700 });
      await rename(this.#path('buckets', name), doomed);
      await rm(doomed, { recursive: true, force: true });
    });
  }

  /** Drops uploads that nobody completed. */
  async abortUploadsOlderThan(ageMs: number): Promise<void> {
    const oldestMs = this.#options.clock() - ageMs;
    for (const { bucket, uploads } of this.#buckets.values()) {
      const count = await uploads.abortOlderThan(oldestMs);
      if (count > 0) this.#options.logger?.info({ bucket: bucket.name, count }, 'abandoned uploads removed');
    }
  }

  #open(name: string): OpenBucket {
    const open = this.#buckets.get(name);
    if (open === undefined) throw noSuchBucket();
    return open;
  }

  #path(...names: string[]): string {
    return join(this.#options.folder, ...names);
  }
}
