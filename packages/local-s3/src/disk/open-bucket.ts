import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '@infermesh/telemetry';
import { Bucket } from './bucket.js';
import { DataFiles } from './data-files.js';
import { KeyIndex } from './key-index.js';
import { isUploadFile, type MultipartUpload, type UploadHead, type UploadPart } from './multipart-upload.js';
import { MultipartUploads } from './multipart-uploads.js';
import type { ObjectRecord } from './object-record.js';
import { readRecords } from './read-records.js';

export interface OpenBucket {
  readonly bucket: Bucket;
  readonly uploads: MultipartUploads;
}

export interface OpenBucketOptions {
  readonly folder: string;
  readonly fsync: boolean;
  readonly logger: Logger | undefined;
}

function isObjectRecord(value: unknown): value is ObjectRecord {
  const record = value as Partial<ObjectRecord> | null;
  return typeof record?.key === 'string' && typeof record.sizeBytes === 'number' && Array.isArray(record.segments);
}

function toUploads(files: readonly (UploadHead | UploadPart)[], index: KeyIndex): MultipartUpload[] {
  const uploads = new Map<string, MultipartUpload>();
  for (const file of files) {
    // A crash between showing an object and forgetting its upload leaves both; they share their data.
    const isCompleted = file.kind === 'upload' && index.find(file.key)?.uploadId === file.uploadId;
    if (file.kind === 'upload' && !isCompleted) uploads.set(file.uploadId, { head: file, parts: new Map() });
  }
  for (const file of files) if (file.kind === 'part') uploads.get(file.uploadId)?.parts.set(file.partNumber, file);
  return [...uploads.values()];
}

async function removeStaleUploads(folder: string, uploads: readonly MultipartUpload[]): Promise<void> {
  const live = new Set(uploads.map(({ head }) => head.uploadId));
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    if (!live.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function knownData(records: readonly ObjectRecord[], uploads: readonly MultipartUpload[]): Set<string> {
  const parts = uploads.flatMap((upload) => [...upload.parts.values()]);
  return new Set(
    [...records.flatMap(({ segments }) => segments), ...parts.map(({ segment }) => segment)].map(({ id }) => id),
  );
}

async function readCreatedMs(folder: string): Promise<number> {
  const value = JSON.parse(await readFile(join(folder, 'bucket.json'), 'utf8')) as { createdMs?: unknown };
  return typeof value.createdMs === 'number' ? value.createdMs : 0;
}

/** Reads what is on disk and removes what a crash left behind. */
export async function openBucket({ folder, fsync, logger }: OpenBucketOptions): Promise<OpenBucket> {
  const name = basename(folder);
  const objects = await readRecords(join(folder, 'objects'), isObjectRecord);
  const uploadFiles = await readRecords(join(folder, 'uploads'), isUploadFile);
  const index = new KeyIndex(objects.values);
  const uploads = toUploads(uploadFiles.values, index);
  const data = new DataFiles(join(folder, 'data'), { fsync });
  const unreadable = [...objects.unreadable, ...uploadFiles.unreadable];
  if (unreadable.length > 0) {
    logger?.error(
      { bucket: name, count: unreadable.length, first: unreadable[0] },
      'damaged records; nothing is swept',
    );
  } else {
    await removeStaleUploads(join(folder, 'uploads'), uploads);
    const known = knownData(objects.values, uploads);
    const removed = await data.sweep((id) => known.has(id));
    if (removed > 0) logger?.info({ bucket: name, removed }, 'unfinished data removed');
  }
  const bucket = new Bucket({ name, folder, createdMs: await readCreatedMs(folder), index, data, fsync, logger });
  return { bucket, uploads: new MultipartUploads({ bucket, folder: join(folder, 'uploads'), uploads, fsync }) };
}
