import type { CheckpointStatus, CheckpointView } from '@infermesh/contracts';
import type { Sql } from '@infermesh/database';

export async function setStatus(tx: Sql, id: string, status: CheckpointStatus): Promise<void> {
  await tx.query('update checkpoint set status = $2, error = null, updated_at = now() where id = $1', [id, status]);
}

/** Keeps the record, for its owner to see why; its names are free again. */
export async function setFailed(tx: Sql, id: string, error: string): Promise<void> {
  await tx.query(
    `update checkpoint set status = 'failed', error = $2, progress = null, updated_at = now() where id = $1`,
    [id, error.slice(0, 2000)],
  );
  await tx.query('delete from checkpoint_name where checkpoint_id = $1', [id]);
}

export async function setProgress(sql: Sql, id: string, progress: CheckpointView['progress']): Promise<void> {
  await sql.query('update checkpoint set progress = $2, updated_at = now() where id = $1', [
    id,
    progress === null ? null : JSON.stringify(progress),
  ]);
}

/** Keeps an upload from being given up. */
export async function touch(sql: Sql, id: string): Promise<void> {
  await sql.query('update checkpoint set updated_at = now() where id = $1', [id]);
}
