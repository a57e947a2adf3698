import type { CheckpointAccess } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';

export interface NewCheckpoint {
  readonly id: string;
  readonly kind: 'files' | 'folder';
  readonly type: string;
  /** Of the folder, or of the first file. */
  readonly name: string;
  readonly access: Pick<CheckpointAccess, 'tenantId' | 'subject'>;
  readonly allowed: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly imported: boolean;
  readonly files: readonly NewFile[];
}

export interface NewFile {
  readonly id: string;
  /** Null inside a folder. */
  readonly name: string | null;
  readonly path: string;
  readonly objectKey: string;
  /** Null for an import, which the store sends by itself. */
  readonly partCount: number | null;
}

/** Enters a checkpoint whose bytes are still to come. Its names must have been claimed by then, or be claimed next. */
export async function insertCheckpoint(tx: Sql, wanted: NewCheckpoint): Promise<void> {
  const { id, kind, type, name, access, allowed, params, imported } = wanted;
  await tx.query(
    `insert into checkpoint (id, kind, name, type, status, tenant_id, owner, allowed_roles, params, imported)
     values ($1, $2, $3, $4, 'initial', $5, $6, $7, $8, $9)`,
    [id, kind, name, type, access.tenantId, access.subject, allowed, JSON.stringify(params), imported],
  );
  await insertFiles(tx, id, wanted.files);
}

async function insertFiles(tx: Sql, checkpointId: string, files: readonly NewFile[]): Promise<void> {
  await tx.query(
    `insert into checkpoint_file (id, checkpoint_id, position, name, path, object_key, part_count)
     select wanted.id, $1, wanted.position - 1, wanted.name, wanted.path, wanted.object_key, wanted.part_count
     from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[]) with ordinality
       as wanted (id, name, path, object_key, part_count, position)`,
    [
      checkpointId,
      files.map((file) => file.id),
      files.map((file) => file.name),
      files.map((file) => file.path),
      files.map((file) => file.objectKey),
      files.map((file) => file.partCount),
    ],
  );
}
