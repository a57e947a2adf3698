import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Error } from '../s3-error.js';
import type { Bucket, Precondition } from './bucket.js';
import { chooseParts, recordOf, type ClaimedPart } from './complete-upload.js';
import { KeyLock } from './key-lock.js';
import type { MultipartUpload, UploadHead, UploadPart } from './multipart-upload.js';
import type { ObjectRecord } from './object-record.js';
import { writeJsonAtomically } from './write-atomically.js';

export interface MultipartUploadsOptions {
  readonly bucket: Bucket;
  readonly folder: string;
  readonly uploads: Iterable<MultipartUpload>;
  readonly fsync: boolean;
}

export interface CompleteOptions {
  readonly nowMs: number;
  /** Looks at the whole object before it is shown. */
  readonly verify: (record: ObjectRecord) => Promise<ObjectRecord>;
  readonly precondition: Precondition;
}

/** Uploads in progress in one bucket. Their parts are data files from the start, so completing moves no bytes. */
export class MultipartUploads {
  readonly #options: MultipartUploadsOptions;
  readonly #uploads: Map<string, MultipartUpload>;
  readonly #lock = new KeyLock();

  constructor(options: MultipartUploadsOptions) {
    this.#options = options;
    this.#uploads = new Map([...options.uploads].map((upload) => [upload.head.uploadId, upload]));
  }

  get all(): MultipartUpload[] {
    return [...this.#uploads.values()];
  }

  /** @throws S3Error NoSuchUpload, also for the id of another key's upload */
  get(uploadId: string, key: string): MultipartUpload {
    const upload = this.#uploads.get(uploadId);
    if (upload?.head.key !== key) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      );
    }
    return upload;
  }

  async create(head: Omit<UploadHead, 'kind' | 'uploadId'>): Promise<string> {
    const uploadId = randomBytes(24).toString('hex');
    const upload: MultipartUpload = { head: { ...head, kind: 'upload', uploadId }, parts: new Map() };
    this.#options.bucket.assertOpen();
    await this.#write(uploadId, 'upload', upload.head);
    this.#uploads.set(uploadId, upload);
    return uploadId;
  }

  /** Keeps a part whose bytes are written already. On failure they are removed. */
  async addPart(key: string, part: UploadPart): Promise<void> {
    const { data } = this.#options.bucket;
    const { uploadId } = part;
    try {
      const replaced = await this.#lock.run(uploadId, async () => {
        const upload = this.get(uploadId, key);
        await this.#write(uploadId, String(part.partNumber), part);
        const previous = upload.parts.get(part.partNumber);
        upload.parts.set(part.partNumber, part);
        return previous;
      });
      if (replaced !== undefined) await data.remove([replaced.segment]);
    } catch (error) {
      await data.remove([part.segment]);
      throw error;
    }
  }

  async complete(
    uploadId: string,
    key: string,
    claimed: readonly ClaimedPart[],
    finish: CompleteOptions,
  ): Promise<ObjectRecord> {
    return this.#lock.run(uploadId, async () => {
      const { bucket } = this.#options;
      const present = bucket.find(key);
      if (present?.uploadId === uploadId) return present;
      const upload = this.get(uploadId, key);
      const parts = chooseParts(upload, claimed);
      const record = await finish.verify(recordOf(upload, parts, finish.nowMs));
      await bucket.adopt(record, finish.precondition);
      const unused = [...upload.parts.values()].filter((part) => !parts.includes(part));
      await this.#forget(uploadId, unused);
      return record;
    });
  }

  async abort(uploadId: string, key: string): Promise<void> {
    await this.#lock.run(uploadId, async () => {
      const upload = this.get(uploadId, key);
      await this.#forget(uploadId, [...upload.parts.values()]);
    });
  }

  async abortOlderThan(oldestMs: number): Promise<number> {
    const old = this.all.filter(({ head }) => head.initiatedMs < oldestMs);
    for (const { head } of old) await this.abort(head.uploadId, head.key);
    return old.length;
  }

  async #forget(uploadId: string, unused: readonly UploadPart[]): Promise<void> {
    this.#uploads.delete(uploadId);
    await rm(join(this.#options.folder, uploadId), { recursive: true, force: true });
    await this.#options.bucket.data.remove(unused.map(({ segment }) => segment));
  }

  async #write(uploadId: string, name: string, value: UploadHead | UploadPart): Promise<void> {
    const path = join(this.#options.folder, uploadId, `${name}.json`);
    await writeJsonAtomically(path, value, { fsync: this.#options.fsync });
  }
}
