import type { Sql } from '@infermesh/database';

export type WorkKind = 'inspect' | 'import' | 'rename';

export interface Work {
  readonly id: number;
  readonly checkpoint_id: string;
  readonly kind: WorkKind;
  readonly data: Readonly<Record<string, unknown>>;
  /** 1 is the first. */
  readonly attempts: number;
}

export async function addWork(
  tx: Sql,
  checkpointId: string,
  kind: WorkKind,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tx.query('insert into checkpoint_work (checkpoint_id, kind, data) values ($1, $2, $3)', [
    checkpointId,
    kind,
    JSON.stringify(data),
  ]);
}

export interface Taker {
  readonly owner: string;
  readonly leaseMs: number;
}

export interface WantedWork {
  readonly limit: number;
  readonly kinds: readonly WorkKind[];
  /** Of this one alone. */
  readonly checkpointId?: string;
}

/** Work that is due, at most `limit`, and of each checkpoint the oldest alone. It comes again unless it is renewed or ended. */
export async function takeWork(
  sql: Sql,
  { owner, leaseMs }: Taker,
  { limit, kinds, checkpointId }: WantedWork,
): Promise<Work[]> {
  const { rows } = await sql.query<Work>(
    `update checkpoint_work set owner = $1, due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
     where id in (select w.id from checkpoint_work w where w.due_at <= now() and w.kind = any($5::text[])
         and ($4::uuid is null or w.checkpoint_id = $4)
         and not exists (select 1 from checkpoint_work e where e.checkpoint_id = w.checkpoint_id and e.id < w.id)
       order by w.due_at limit $3 for update skip locked)
     returning id, checkpoint_id, kind, data, attempts`,
    [owner, leaseMs, limit, checkpointId ?? null, kinds],
  );
  return rows;
}

/** A sign of life. False when somebody else has it, or the checkpoint is gone. */
export async function renewWork(sql: Sql, id: number, { owner, leaseMs }: Taker): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update checkpoint_work set due_at = now() + $3 * interval '1 millisecond' where id = $1 and owner = $2`,
    [id, owner, leaseMs],
  );
  return rowCount > 0;
}

/** What the next try is to know. */
export async function setWorkData(
  sql: Sql,
  id: number,
  owner: string,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql.query('update checkpoint_work set data = $3 where id = $1 and owner = $2', [
    id,
    owner,
    JSON.stringify(data),
  ]);
}

/** Ends it. False when it is not this owner's any more: what was done must not be entered then. */
export async function endWork(tx: Sql, id: number, owner: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from checkpoint_work where id = $1 and owner = $2', [id, owner]);
  return rowCount > 0;
}

/** Puts it back. @param counts false for a stop: the attempt has not failed */
export async function putBackWork(
  sql: Sql,
  id: number,
  owner: string,
  afterMs: number,
  counts: boolean,
): Promise<void> {
  await sql.query(
    `update checkpoint_work set owner = null, due_at = now() + $3 * interval '1 millisecond', attempts = attempts - $4
     where id = $1 and owner = $2`,
    [id, owner, afterMs, counts ? 0 : 1],
  );
}
