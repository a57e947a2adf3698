import type { CheckpointRef } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { everyone } from './rows.js';

export interface CheckpointFilter {
  readonly tenantId: string;
  readonly type: string;
  readonly names?: readonly string[] | undefined;
  readonly user?: { readonly name: string; readonly roles: readonly string[] } | undefined;
}

const maxFound = 100;

/** An answer travels through Redis in one message of 64 KiB, and back again in the record of a job. */
const maxFoundBytes = 40_000;

interface FoundRow {
  readonly id: string;
  readonly checkpoint_id: string;
  readonly name: string;
  readonly file: string;
  readonly object_key: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly is_folder: boolean;
  readonly created_at: Date;
}

/** Files by their own names, folders as their archives. Of a name that a tenant and everybody have, the tenant's own. */
const foundRows = `select distinct on (name) * from (
    select f.id, c.id as checkpoint_id, f.name, f.path as file, f.object_key, f.size_bytes, f.sha256, false as is_folder,
      c.created_at, c.tenant_id, c.type, c.status, c.allowed_roles, c.owner
    from checkpoint c join checkpoint_file f on f.checkpoint_id = c.id where c.kind = 'files' and f.sha256 is not null
    union all
    select c.id, c.id, c.name, 'folder.tar', c.object_key, c.size_bytes, c.sha256, true,
      c.created_at, c.tenant_id, c.type, c.status, c.allowed_roles, c.owner
    from checkpoint c where c.kind = 'folder' and c.sha256 is not null
  ) as usable
  where status = 'active' and type = $2 and tenant_id in ($1, '${everyone}') and ($3::text[] is null or name = any ($3))
    and ($4::text is null or tenant_id = '${everyone}' or owner = $4 or cardinality(allowed_roles) = 0
      or allowed_roles && ($5::text[] || array['*', $4]))
  order by name, tenant_id = '${everyone}', created_at desc`;

/**
 * Active checkpoints of one type that the tenant may use, by name: the newest of them, at most 100 and 40 kB of JSON. One whose
 * digest is not known yet is not among them.
 *
 * @throws MeshError DATABASE_UNAVAILABLE
 */
export async function findActiveCheckpoints(
  database: Database,
  { tenantId, type, names, user }: CheckpointFilter,
): Promise<{ checkpoints: CheckpointRef[]; total: number }> {
  const { rows } = await database.query<FoundRow>(foundRows, [
    tenantId,
    type,
    names ?? null,
    user?.name ?? null,
    user?.roles ?? [],
  ]);
  const newestFirst = rows.toSorted((a, b) => b.created_at.getTime() - a.created_at.getTime());
  const refs = newestFirst.map((row) => toRef(row, type));
  return { checkpoints: newestThatFit(refs).sort((a, b) => (a.name < b.name ? -1 : 1)), total: refs.length };
}

function toRef(row: FoundRow, type: string): CheckpointRef {
  return {
    id: row.id,
    type,
    name: row.name,
    file: row.file,
    objectKey: row.object_key,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    ...(row.is_folder ? { layout: 'folder' as const } : {}),
    ...(row.checkpoint_id === row.id ? {} : { checkpointId: row.checkpoint_id }),
  };
}

function newestThatFit(refs: readonly CheckpointRef[]): CheckpointRef[] {
  let sizeBytes = 0;
  return refs.slice(0, maxFound).filter((ref) => {
    sizeBytes += Buffer.byteLength(JSON.stringify(ref));
    return sizeBytes <= maxFoundBytes;
  });
}
