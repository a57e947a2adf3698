import type { CheckpointAccess } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { UploadedPart } from '@infermesh/object-store';
import type { StoreParts } from '../parts.js';
import { getChangeable } from '../records/access.js';
import { readFiles, type FileRow } from '../records/files.js';
import { touch } from '../records/status.js';
import { urlSeconds } from '../settings.js';

interface PartRange {
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

interface SignedPart {
  readonly path: string;
  readonly partNumber: number;
  readonly url: string;
}

const mostUrls = 50;

/** Of a file whose upload has begun and not ended. */
interface OpenFile extends FileRow {
  readonly object_key: string;
  readonly upload_id: string;
  readonly part_count: number;
}

function isOpen(file: FileRow): file is OpenFile {
  return file.object_key !== null && file.upload_id !== null && file.part_count !== null && file.stored_at === null;
}

function getOpen(files: readonly FileRow[], path: string): OpenFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new MeshError('NOT_FOUND', `the checkpoint has no file ${path}`, { field: 'filename' });
  if (!isOpen(file)) throw new MeshError('CONFLICT', `the upload of ${path} has ended`, { field: 'filename' });
  return file;
}

/** @throws MeshError NOT_FOUND, FORBIDDEN; CONFLICT when an upload has ended; BAD_REQUEST for more than 50 or a part that was not announced */
export async function signParts(
  { database, objectStore, settings }: StoreParts,
  { access, id, ranges }: { access: CheckpointAccess; id: string; ranges: readonly PartRange[] },
): Promise<{ parts: SignedPart[] }> {
  await getChangeable(database, objectStore.bucket, access, id);
  const files = await readFiles(database, id, [...new Set(ranges.map(({ path }) => path))]);
  const wanted = ranges.flatMap(({ path, first, last }) => {
    const file = getOpen(files, path);
    if (last > file.part_count)
      throw new MeshError('BAD_REQUEST', `${path} was announced with ${file.part_count} parts`, {
        field: 'parts_number',
      });
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({ file, partNumber: first + index }));
  });
  if (wanted.length > mostUrls) throw new MeshError('BAD_REQUEST', `at most ${mostUrls} parts are signed in one call`);
  await touch(database, id);
  const signing = wanted.map(async ({ file, partNumber }) => {
    const { url } = await objectStore.multipart.presignPart(file.object_key, file.upload_id, partNumber, {
      expiresInSeconds: urlSeconds,
      maxBytes: settings.maxBytes, // clients do not say how they cut: no length can be signed
    });
    return { path: file.path, partNumber, url };
  });
  return { parts: await Promise.all(signing) };
}

/** What of a file has arrived. @throws MeshError NOT_FOUND, FORBIDDEN; CONFLICT when the upload has ended */
export async function listParts(
  { database, objectStore }: StoreParts,
  { access, id, path }: { access: CheckpointAccess; id: string; path: string },
  signal: AbortSignal,
): Promise<{ partCount: number; parts: (UploadedPart & { sizeBytes: number })[] }> {
  await getChangeable(database, objectStore.bucket, access, id);
  const file = getOpen(await readFiles(database, id, [path]), path);
  const parts = await objectStore.multipart.listParts(file.object_key, file.upload_id, signal);
  return { partCount: file.part_count, parts: parts.filter(({ partNumber }) => partNumber <= file.part_count) };
}
