import type { Sql } from '@infermesh/database';

export interface FileRow {
  readonly id: string;
  readonly position: number;
  readonly name: string | null;
  readonly path: string;
  readonly object_key: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly format: string | null;
  readonly part_count: number | null;
  readonly upload_id: string | null;
  readonly stored_at: Date | null;
}

const columns = 'id, position, name, path, object_key, size_bytes, sha256, format, part_count, upload_id, stored_at';

/** All files of a checkpoint, or those of these paths, in order. */
export async function readFiles(sql: Sql, checkpointId: string, paths?: readonly string[]): Promise<FileRow[]> {
  const { rows } = await sql.query<FileRow>(
    `select ${columns} from checkpoint_file where checkpoint_id = $1 and ($2::text[] is null or path = any ($2)) order by position`,
    [checkpointId, paths ?? null],
  );
  return rows;
}

export async function setUploadIds(sql: Sql, uploads: readonly { id: string; uploadId: string }[]): Promise<void> {
  await sql.query(
    `update checkpoint_file set upload_id = begun.upload_id
     from unnest($1::uuid[], $2::text[]) as begun (id, upload_id) where checkpoint_file.id = begun.id`,
    [uploads.map(({ id }) => id), uploads.map(({ uploadId }) => uploadId)],
  );
}

export async function setStored(sql: Sql, fileId: string, sizeBytes: number): Promise<void> {
  await sql.query('update checkpoint_file set size_bytes = $2, stored_at = now() where id = $1', [fileId, sizeBytes]);
}

export interface InspectedFile {
  readonly id: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly format: string;
}

export async function setInspected(sql: Sql, { id, sizeBytes, sha256, format }: InspectedFile): Promise<void> {
  await sql.query(
    'update checkpoint_file set size_bytes = $2, sha256 = $3, format = $4, stored_at = coalesce(stored_at, now()) where id = $1',
    [id, sizeBytes, sha256, format],
  );
}
