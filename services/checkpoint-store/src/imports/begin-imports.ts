import { randomUUID } from 'node:crypto';
import type { CheckpointAccess } from '@infermesh/contracts';
import { MeshError, toMeshError } from '@infermesh/errors';
import { checkFileName, fileKey } from '../checkpoint-path.js';
import type { StoreParts } from '../parts.js';
import { insertCheckpoint, type NewFile } from '../records/insert-checkpoint.js';
import { claimNames } from '../records/names.js';
import { setFailed } from '../records/status.js';
import { addWork } from '../records/work.js';
import { findImportName, importFault } from './import-name.js';

export interface ImportWish {
  readonly access: CheckpointAccess;
  readonly type: string;
  readonly allowed: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly folder?: string | undefined;
  readonly urls: readonly string[];
}

interface PlannedImport {
  readonly id: string;
  readonly url: string;
  readonly name: string;
  readonly fault: string | undefined;
}

/**
 * Enters a record for each URL and claims its name; the bytes follow in the background. What cannot be imported by its kind is
 * entered as failed, for its owner to see why.
 *
 * @returns the ids of the records
 * @throws MeshError CONFLICT for a name that is taken, with nothing entered; OUTBOUND_REFUSED; BAD_REQUEST
 */
export async function beginImports(
  { database, outbound }: StoreParts,
  wish: ImportWish,
  signal: AbortSignal,
): Promise<string[]> {
  const folder = wish.folder === undefined ? undefined : checkFileName(wish.folder);
  const urls = [...new Set(wish.urls.map((url) => url.trim()))];
  if (folder !== undefined && urls.length > 1)
    throw new MeshError('BAD_REQUEST', 'a folder is imported from one URL', { field: 'urls' });
  const unreadable = urls.find((url) => !URL.canParse(url));
  if (unreadable !== undefined)
    throw new MeshError('BAD_REQUEST', `${JSON.stringify(unreadable.slice(0, 100))} is no URL`, { field: 'urls' });
  const planned = await Promise.all(
    urls.map(async (url) => plan(url, await findImportName(outbound, url, signal), folder !== undefined)),
  );
  await database.transaction(async (tx) => {
    for (const { id, url, name, fault } of planned) {
      const file = newFile(id, name, folder);
      const kind = folder === undefined ? 'files' : 'folder';
      await insertCheckpoint(tx, { ...wish, id, kind, name: folder ?? name, imported: true, files: [file] });
      if (fault === undefined) {
        await claimNames(tx, wish.access.tenantId, id, [folder ?? name]);
        await addWork(tx, id, 'import', { url });
      } else await setFailed(tx, id, fault);
    }
  });
  return planned.map(({ id }) => id);
}

function plan(url: string, text: string, isFolder: boolean): PlannedImport {
  const id = randomUUID();
  const fault = importFault(text, isFolder);
  try {
    return { id, url, name: checkFileName(text), fault };
  } catch (error) {
    return { id, url, name: 'unnamed', fault: fault ?? toMeshError(error).message };
  }
}

function newFile(id: string, name: string, folder: string | undefined): NewFile {
  const isFolder = folder !== undefined;
  return {
    id,
    name: isFolder ? null : name,
    path: name,
    objectKey: fileKey(id, isFolder ? `upload/${name}` : name, 0),
    partCount: null,
  };
}
