import { randomUUID } from 'node:crypto';
import type { Sql } from '@infermesh/database';
import type { LookedOver } from '../formats/look-over.js';

export interface FolderArchive {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The folder is its archive from here on; its files are those in it. */
export async function replaceByArchive(
  tx: Sql,
  checkpointId: string,
  { key, sizeBytes, sha256 }: FolderArchive,
  files: readonly LookedOver[],
): Promise<void> {
  await tx.query('delete from checkpoint_file where checkpoint_id = $1', [checkpointId]);
  await tx.query(
    `insert into checkpoint_file (id, checkpoint_id, position, path, size_bytes, sha256, format, stored_at)
     select packed.id, $1, packed.position - 1, packed.path, packed.size_bytes, packed.sha256, packed.format, now()
     from unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[]) with ordinality
       as packed (id, path, size_bytes, sha256, format, position)`,
    [
      checkpointId,
      files.map(() => randomUUID()),
      files.map((file) => file.path),
      files.map((file) => file.sizeBytes),
      files.map((file) => file.sha256),
      files.map((file) => file.format),
    ],
  );
  await tx.query(
    'update checkpoint set object_key = $2, size_bytes = $3, sha256 = $4, updated_at = now() where id = $1',
    [checkpointId, key, sizeBytes, sha256],
  );
}
