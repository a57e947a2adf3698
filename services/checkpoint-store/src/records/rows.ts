import type { CheckpointFileView, CheckpointView } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';

/** The tenant of checkpoints that belong to everyone. */
export const everyone = '*';

/** One file as JSON of the query below. */
interface FileJson {
  readonly path: string;
  readonly key: string | null;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
  readonly format: string | null;
  readonly uploadId: string | null;
  readonly name: string | null;
}

interface CheckpointRow {
  readonly id: string;
  readonly kind: 'files' | 'folder';
  readonly type: string;
  readonly name: string;
  readonly status: CheckpointView['status'];
  readonly error: string | null;
  readonly tenant_id: string;
  readonly owner: string;
  readonly allowed_roles: string[];
  readonly params: Record<string, never>;
  readonly imported: boolean;
  readonly progress: CheckpointView['progress'];
  readonly object_key: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly created_at: Date;
  readonly files: FileJson[];
}

/** Columns of a view; the table is `c`. The files of a folder are left out: there may be thousands. */
const columns = `c.id, c.kind, c.type, c.name, c.status, c.error, c.tenant_id, c.owner, c.allowed_roles, c.params, c.imported,
  c.progress, c.object_key, c.size_bytes, c.sha256, c.created_at,
  coalesce((select jsonb_agg(jsonb_build_object('path', f.path, 'key', f.object_key, 'sizeBytes', f.size_bytes, 'sha256', f.sha256,
      'format', f.format, 'uploadId', f.upload_id, 'name', f.name) order by f.position)
    from checkpoint_file f where f.checkpoint_id = c.id and c.kind = 'files'), '[]') as files`;

/** @param rest what follows `from checkpoint c` */
export async function selectViews(
  sql: Sql,
  bucket: string,
  rest: string,
  params: readonly unknown[],
): Promise<CheckpointView[]> {
  const { rows } = await sql.query<CheckpointRow>(`select ${columns} from checkpoint c ${rest}`, params);
  return rows.map((row) => toView(row, bucket));
}

function toView(row: CheckpointRow, bucket: string): CheckpointView {
  const { kind, files } = row;
  return {
    id: row.id,
    kind,
    type: row.type,
    names: kind === 'folder' ? [row.name] : files.map(({ name, path }) => name ?? path),
    status: row.status,
    error: row.error,
    tenantId: row.tenant_id,
    owner: row.owner,
    allowed: row.allowed_roles,
    params: row.params,
    bucket,
    prefix: `checkpoints/${row.id}`,
    files: files.map(toFileView),
    archive: toArchive(row),
    imported: row.imported,
    progress: row.progress,
    createdAt: row.created_at.toISOString(),
  };
}

function toFileView({ path, key, sizeBytes, sha256, format, uploadId }: FileJson): CheckpointFileView {
  return { path, key, sizeBytes, sha256, format, uploadId };
}

function toArchive({ object_key: key, size_bytes: sizeBytes, sha256 }: CheckpointRow): CheckpointView['archive'] {
  return key === null || sizeBytes === null || sha256 === null ? null : { key, sizeBytes, sha256 };
}
