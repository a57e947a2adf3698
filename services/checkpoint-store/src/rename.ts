import { randomUUID } from 'node:crypto';
import type { CheckpointAccess } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { checkFileName, fileKey } from './checkpoint-path.js';
import type { StoreParts } from './parts.js';
import { getChangeable } from './records/access.js';
import { readFiles } from './records/files.js';
import { discardLater } from './records/garbage.js';
import { claimNames } from './records/names.js';
import { addWork, endWork, type Work } from './records/work.js';

/**
 * Claims the new name; the object is copied in the background. A folder has its name in the record alone.
 *
 * @throws MeshError NOT_FOUND, FORBIDDEN; CONFLICT for a name that is taken, or when the checkpoint is not active
 */
export async function startRename(
  { database, objectStore: { bucket } }: StoreParts,
  { access, id, name: text }: { access: CheckpointAccess; id: string; name: string },
): Promise<'started' | 'unchanged'> {
  const view = await getChangeable(database, bucket, access, id);
  const name = checkFileName(text);
  if (view.status !== 'active') throw new MeshError('CONFLICT', 'only active can update name');
  if (view.names[0] === name) return 'unchanged';
  await database.transaction(async (tx) => {
    await claimNames(tx, access.tenantId, id, [name]);
    if (view.kind === 'files') return addWork(tx, id, 'rename', { name });
    await tx.query('update checkpoint set name = $2, updated_at = now() where id = $1', [id, name]);
    await tx.query('delete from checkpoint_name where checkpoint_id = $1 and name <> $2', [id, name]);
  });
  return 'started';
}

/** Copies the first file under its new name. The old object stays for a while: jobs may hold its key. */
export async function finishRename(parts: StoreParts, work: Work, owner: string, signal: AbortSignal): Promise<void> {
  const { database, objectStore, settings } = parts;
  const id = work.checkpoint_id;
  const name = String(work.data['name']);
  const [file] = await readFiles(database, id);
  if (file?.object_key == null) throw new MeshError('CONFLICT', 'the checkpoint has no file to rename');
  const oldKey = file.object_key;
  const newKey = fileKey(id, name, 0);
  if (newKey !== oldKey) await objectStore.copy(oldKey, newKey, signal);
  await database.transaction(async (tx) => {
    if (!(await endWork(tx, work.id, owner))) return;
    await tx.query('update checkpoint_file set name = $2, path = $2, object_key = $3 where id = $1', [
      file.id,
      name,
      newKey,
    ]);
    await tx.query('update checkpoint set name = $2, updated_at = now() where id = $1', [id, name]);
    await tx.query('delete from checkpoint_name where checkpoint_id = $1 and name = $2', [id, file.name]);
    if (newKey !== oldKey) await discardLater(tx, randomUUID(), oldKey, settings.retainRenamedMs);
  });
}

/** A rename that cannot be done leaves all as it was. */
export async function giveUpRename({ database }: StoreParts, work: Work, owner: string): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await endWork(tx, work.id, owner))) return;
    await tx.query('delete from checkpoint_name where checkpoint_id = $1 and name = $2', [
      work.checkpoint_id,
      work.data['name'],
    ]);
  });
}
