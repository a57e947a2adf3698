import { MeshError } from '@infermesh/errors';
import { refuseExternalData } from '../formats/external-data.js';
import { lookOver, type LookedOver } from '../formats/look-over.js';
import type { StoreParts } from '../parts.js';
import { readFiles, setInspected, type FileRow } from '../records/files.js';
import { endWork, type Work } from '../records/work.js';
import { packFolder } from './pack-folder.js';

/**
 * Reads what has been activated: digest and format of every file, and of a folder the one archive that workers lay out.
 *
 * @throws MeshError BAD_REQUEST, PAYLOAD_TOO_LARGE: the files cannot be taken; outages of the object store and the database
 */
export async function inspect(parts: StoreParts, work: Work, owner: string, signal: AbortSignal): Promise<void> {
  const { database } = parts;
  const { rows } = await database.query<{ kind: string }>('select kind from checkpoint where id = $1', [
    work.checkpoint_id,
  ]);
  if (rows[0]?.kind === 'folder') {
    await packFolder(parts, work, owner, signal);
    return;
  }
  // one by one: those that are done need not be read again after a restart
  for (const file of await readFiles(database, work.checkpoint_id))
    if (file.sha256 === null) await inspectFile(parts, file, signal);
  await database.transaction((tx) => endWork(tx, work.id, owner));
}

async function inspectFile({ database, objectStore }: StoreParts, file: FileRow, signal: AbortSignal): Promise<void> {
  if (file.object_key === null) throw new MeshError('BAD_REQUEST', `${file.path} has no bytes`);
  const { body, sizeBytes } = await objectStore.get(file.object_key, { signal });
  let seen: LookedOver | undefined;
  const bytes = lookOver(file.path, sizeBytes, body as AsyncIterable<Buffer>, (found) => (seen = found));
  for await (const _ of bytes);
  if (seen === undefined) throw new MeshError('INTERNAL', `${file.path} was not read to its end`);
  refuseExternalData(file.path, seen.externalData);
  await setInspected(database, { id: file.id, ...seen });
}
