import type { CheckpointAccess, CheckpointView } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { firstThatFit } from '@infermesh/job-queue';
import { accessParams, isVisible } from './access.js';
import { everyone, selectViews } from './rows.js';

export interface ListFilter {
  readonly access: CheckpointAccess;
  readonly types?: readonly string[] | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly offset: number;
  readonly limit: number;
}

const condition = `where ${isVisible}
  and ($5::text[] is null or c.type = any ($5)) and (c.tenant_id <> '${everyone}' or $5::text[] is not null)
  and ($6::text[] is null or c.status = any ($6)) and ($7::text[] is null or c.allowed_roles && $7)`;

/** Newest first: the page's beginning as far as it fits one message, but one checkpoint at least. */
export async function listVisible(
  database: Database,
  bucket: string,
  { access, types, statuses, roles, offset, limit }: ListFilter,
): Promise<{ checkpoints: CheckpointView[]; total: number }> {
  const params = [...accessParams(access), types ?? null, statuses ?? null, roles ?? null];
  const { rows } = await database.query<{ total: number }>(
    `select count(*) as total from checkpoint c ${condition}`,
    params,
  );
  const views = await selectViews(
    database,
    bucket,
    `${condition} order by c.created_at desc, c.id desc offset $8 limit $9`,
    [...params, offset, limit],
  );
  return { checkpoints: firstThatFit(views), total: rows[0]?.total ?? 0 };
}
