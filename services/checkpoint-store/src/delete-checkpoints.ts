import type { CheckpointAccess } from '@infermesh/contracts';
import type { StoreParts } from './parts.js';
import { accessParams, foreign, isVisible, mayChange } from './records/access.js';
import { removeCheckpoints } from './records/garbage.js';
import { selectViews } from './records/rows.js';
import { urlSeconds } from './settings.js';

/**
 * Removes the records; their objects follow. Unknown ids, and those out of reach, are passed over.
 *
 * @throws MeshError FORBIDDEN when one belongs to somebody else: then all stay
 */
export async function deleteCheckpoints(
  { database, objectStore: { bucket }, logger }: StoreParts,
  { access, ids }: { access: CheckpointAccess; ids: readonly string[] },
): Promise<string[]> {
  const deleted = await database.transaction(async (tx) => {
    const views = await selectViews(tx, bucket, `where ${isVisible} and c.id = any ($5::uuid[])`, [
      ...accessParams(access),
      ids,
    ]);
    const refused = views.find((view) => !mayChange(access, view));
    if (refused !== undefined) throw foreign(access, refused.id);
    return removeCheckpoints(
      tx,
      views.map(({ id }) => id),
      urlSeconds * 1000 + 60_000,
    );
  });
  if (deleted.length > 0) logger.info({ checkpoints: deleted, by: access.subject }, 'checkpoints deleted');
  return deleted;
}
