import type { CheckpointAccess, CheckpointView } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { StoreParts } from './parts.js';
import { getChangeable, getVisible } from './records/access.js';
import { readFiles } from './records/files.js';
import { setStatus } from './records/status.js';
import { addWork } from './records/work.js';

/**
 * Makes a checkpoint usable, or keeps jobs from it. A first activation has its files looked over in the background.
 *
 * @throws MeshError NOT_FOUND, FORBIDDEN; CONFLICT while a file is not complete, and after a failure
 */
export async function changeStatus(
  { database, objectStore: { bucket } }: StoreParts,
  { access, id, status }: { access: CheckpointAccess; id: string; status: 'active' | 'disabled' },
): Promise<CheckpointView> {
  await getChangeable(database, bucket, access, id);
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ status: string }>('select status from checkpoint where id = $1 for update', [id]);
    const present = rows[0]?.status;
    if (present === 'failed')
      throw new MeshError('CONFLICT', 'the checkpoint has failed: delete it and enter it again');
    const files = status === 'active' ? await readFiles(tx, id) : [];
    const open = files.find(({ stored_at: storedAt, sha256 }) => storedAt === null && sha256 === null);
    if (open !== undefined)
      throw new MeshError('CONFLICT', `${open.path} is not complete: its parts are missing`, {
        field: 'multi_parts_tags',
      });
    await setStatus(tx, id, status);
    if (files.some(({ sha256 }) => sha256 === null)) await addWork(tx, id, 'inspect');
  });
  return getVisible(database, bucket, { ...access, seesAll: true }, id);
}
