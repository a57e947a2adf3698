import type { createDataset, DatasetAccess, DatasetView } from '@infermesh/contracts';
import { datasetStatus } from '@infermesh/contracts';
import { isUniqueViolation, type Database, type Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { objectKeys } from '@infermesh/object-store';
import type { z } from 'zod';
import { discardPrefix } from '../records/garbage.js';

type Wish = z.output<typeof createDataset.request>;

interface DatasetRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly status: string;
  readonly description: string;
  readonly allowed_roles: string[];
  readonly created_at: Date;
}

export interface DatasetFileRow {
  readonly filename: string;
  readonly name: string;
  readonly type: string;
  readonly params: Wish['files'][number]['params'];
  readonly object_key: string;
}

const pageLength = 100;

const columns = 'id, name, owner, status, description, allowed_roles, created_at';

function toView(row: DatasetRow): DatasetView {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    status: datasetStatus.parse(row.status),
    description: row.description,
    allowedRoles: row.allowed_roles,
    objectPrefix: objectKeys.datasetPrefix(row.id),
    createdAt: row.created_at.toISOString(),
  };
}

/** @throws MeshError CONFLICT for a name that is taken, BAD_REQUEST for a file name that is not safe or is there twice */
export async function insertDataset(db: Database, id: string, wish: Wish): Promise<DatasetView> {
  const files = wish.files.map((file, position) => ({
    ...file,
    position,
    object_key: objectKeys.datasetFile({ datasetId: id, file: file.filename }),
  }));
  if (new Set(files.map(({ filename }) => filename)).size < files.length)
    throw new MeshError('BAD_REQUEST', 'two files of the dataset have one name', { field: 'files' });
  try {
    return await db.transaction(async (tx) => {
      const { rows } = await tx.query<DatasetRow>(
        `INSERT INTO dataset (id, tenant_id, name, owner, status, description, allowed_roles)
         VALUES ($1, $2, $3, $4, 'initial', $5, $6) RETURNING ${columns}`,
        [id, wish.tenantId, wish.name, wish.owner, wish.description, wish.allowedRoles],
      );
      await tx.query(
        `INSERT INTO dataset_file (dataset_id, filename, name, type, params, position, object_key)
         SELECT $1, filename, name, type, params, position, object_key
         FROM jsonb_to_recordset($2::jsonb) AS file(filename text, name text, type text, params jsonb, position int, object_key text)`,
        [id, JSON.stringify(files)],
      );
      return toView(only(rows, wish.name));
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'dataset_name')) throw error;
    throw new MeshError('CONFLICT', `dataset ${wish.name} already exists`, { field: 'name', cause: error });
  }
}

/** The newest first. */
export async function listDatasetViews(
  db: Sql,
  { tenantId, after }: { readonly tenantId: string; readonly after?: string | undefined },
): Promise<{ views: DatasetView[]; isLast: boolean }> {
  const { rows } = await db.query<DatasetRow>(
    `SELECT ${columns} FROM dataset WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT ${String(pageLength)}`,
    [tenantId, after ?? null],
  );
  return { views: rows.map(toView), isLast: rows.length < pageLength };
}

/** @throws MeshError NOT_FOUND */
export async function getDatasetRows(
  db: Sql,
  tenantId: string,
  name: string,
): Promise<{ dataset: DatasetView; files: DatasetFileRow[] }> {
  const { rows } = await db.query<DatasetRow>(`SELECT ${columns} FROM dataset WHERE tenant_id = $1 AND name = $2`, [
    tenantId,
    name,
  ]);
  const dataset = toView(only(rows, name));
  const files = await db.query<DatasetFileRow>(
    'SELECT filename, name, type, params, object_key FROM dataset_file WHERE dataset_id = $1 ORDER BY position',
    [dataset.id],
  );
  return { dataset, files: files.rows };
}

/** Rows that who asks may change; takes $1 to $4, see `accessParams`. */
const isOpen = `tenant_id = $1 AND ($4 OR owner = $2 OR cardinality(allowed_roles) = 0
  OR allowed_roles && ($3::text[] || array['*', $2]))`;

function accessParams({ tenantId, subject, roles, seesAll }: DatasetAccess): unknown[] {
  return [tenantId, subject, roles, seesAll];
}

/** @throws MeshError NOT_FOUND; FORBIDDEN for one that is not open to who asks */
export async function updateStatus(
  db: Sql,
  access: DatasetAccess,
  name: string,
  status: DatasetView['status'],
): Promise<DatasetView> {
  const { rows } = await db.query<DatasetRow>(
    `UPDATE dataset SET status = $6, updated_at = now() WHERE ${isOpen} AND name = $5 RETURNING ${columns}`,
    [...accessParams(access), name, status],
  );
  const [row] = rows;
  if (row !== undefined) return toView(row);
  await getDatasetRows(db, access.tenantId, name);
  throw new MeshError('FORBIDDEN', `dataset ${name} is not open to ${access.subject}`);
}

/**
 * Removes records, and notes their files as garbage.
 *
 * @returns the names of those that were there and open to who asks
 */
export async function deleteDatasetRows(
  db: Database,
  access: DatasetAccess,
  names: readonly string[],
  urlMs: number,
): Promise<string[]> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<DatasetRow>(
      `DELETE FROM dataset WHERE ${isOpen} AND name = ANY($5::text[]) RETURNING ${columns}`,
      [...accessParams(access), names],
    );
    for (const { id } of rows) await discardPrefix(tx, id, objectKeys.datasetPrefix(id), urlMs);
    return rows.map(({ name }) => name);
  });
}

function only(rows: readonly DatasetRow[], name: string): DatasetRow {
  const [row] = rows;
  if (row === undefined) throw new MeshError('NOT_FOUND', `dataset ${name} is not found`);
  return row;
}
