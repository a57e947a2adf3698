import { randomUUID } from 'node:crypto';
import type { CheckpointAccess, CheckpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { checkFileName, checkFolderPath, fileKey } from '../checkpoint-path.js';
import { inGroups } from '../in-groups.js';
import type { StoreParts } from '../parts.js';
import { getVisible } from '../records/access.js';
import { setUploadIds } from '../records/files.js';
import { removeCheckpoints } from '../records/garbage.js';
import { insertCheckpoint, type NewFile } from '../records/insert-checkpoint.js';
import { claimNames } from '../records/names.js';

export interface UploadWish {
  readonly access: CheckpointAccess;
  readonly type: string;
  readonly allowed: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** The name of a folder; without it the files stand for themselves. */
  readonly folder?: string | undefined;
  readonly files: readonly { readonly path: string; readonly partCount: number }[];
}

const uploadsAtOnce = 8;

/**
 * Enters the record with its names, then begins an upload of each file.
 *
 * @throws MeshError CONFLICT for a name that is taken; BAD_REQUEST for one that cannot be; STORAGE_UNAVAILABLE
 */
export async function beginUpload(parts: StoreParts, wish: UploadWish, signal: AbortSignal): Promise<CheckpointView> {
  const { database, objectStore } = parts;
  const id = randomUUID();
  const folder = wish.folder === undefined ? undefined : checkFileName(wish.folder);
  const files = newFiles(id, folder, wish);
  await database.transaction(async (tx) => {
    await insertCheckpoint(tx, {
      ...wish,
      id,
      kind: folder === undefined ? 'files' : 'folder',
      name: folder ?? files[0]?.path ?? '',
      imported: false,
      files,
    });
    await claimNames(tx, wish.access.tenantId, id, folder === undefined ? files.map(({ path }) => path) : [folder]);
  });
  try {
    await inGroups(files, uploadsAtOnce, async (group) => {
      const begun = group.map(async (file) => ({
        id: file.id,
        uploadId: await objectStore.multipart.create(file.objectKey, { signal }),
      }));
      await setUploadIds(database, await Promise.all(begun));
    });
  } catch (error) {
    await database.transaction((tx) => removeCheckpoints(tx, [id], 0));
    throw error;
  }
  return getVisible(database, objectStore.bucket, { ...wish.access, seesAll: true }, id);
}

function newFiles(id: string, folder: string | undefined, { files }: UploadWish): NewFile[] {
  const paths = files.map(({ path }) => (folder === undefined ? checkFileName(path) : checkFolderPath(path)));
  const repeated = paths.find((path, index) => paths.indexOf(path) !== index);
  if (repeated !== undefined) throw new MeshError('BAD_REQUEST', `${repeated} is named twice`, { field: 'filenames' });
  return files.map(({ partCount }, index) => {
    const path = paths[index] ?? '';
    // the first file shares the id: of a checkpoint with one file there is one id alone
    const fileId = folder === undefined && index === 0 ? id : randomUUID();
    const objectKey = fileKey(id, folder === undefined ? path : `upload/${path}`, index);
    return { id: fileId, name: folder === undefined ? path : null, path, objectKey, partCount };
  });
}
