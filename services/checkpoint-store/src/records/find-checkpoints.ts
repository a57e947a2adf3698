import type { CheckpointRef } from '@infermesh/contracts';
import { checkpoint, type Database } from '@infermesh/database';
import { and, asc, desc, eq, inArray, or } from 'drizzle-orm';

/** The tenant of checkpoints that belong to everyone. */
const everyone = '*';

export interface CheckpointFilter {
  readonly tenantId: string;
  readonly type: string;
  readonly names?: readonly string[] | undefined;
}

const maxFound = 100;

/** An answer travels through Redis in one message of 64 KiB, and back again in the record of a job. */
const maxFoundBytes = 40_000;

/**
 * Active checkpoints of one type that the tenant may use, by name: the newest of them, at most 100 and 40 kB of JSON.
 *
 * @throws MeshError DATABASE_UNAVAILABLE
 */
export async function findActiveCheckpoints(
  database: Database,
  filter: CheckpointFilter,
): Promise<{ checkpoints: CheckpointRef[]; total: number }> {
  const { tenantId, type, names } = filter;
  const rows = await database.orm
    .select()
    .from(checkpoint)
    .where(
      and(
        eq(checkpoint.status, 'active'),
        eq(checkpoint.type, type),
        or(eq(checkpoint.tenantId, tenantId), eq(checkpoint.tenantId, everyone)),
        names === undefined ? undefined : inArray(checkpoint.name, [...names]),
      ),
    )
    .orderBy(desc(checkpoint.createdAt), asc(checkpoint.id));
  const usable = rows.flatMap(({ id, name, file, objectKey, sizeBytes, sha256 }) =>
    sizeBytes === null || sha256 === null ? [] : [{ id, type, name, file, objectKey, sizeBytes, sha256 }],
  );
  return { checkpoints: newestThatFit(usable).sort((a, b) => (a.name < b.name ? -1 : 1)), total: usable.length };
}

function newestThatFit(refs: readonly CheckpointRef[]): CheckpointRef[] {
  let sizeBytes = 0;
  return refs.slice(0, maxFound).filter((ref) => {
    sizeBytes += Buffer.byteLength(JSON.stringify(ref));
    return sizeBytes <= maxFoundBytes;
  });
}

/**
 * Makes this the one bundled checkpoint of its name and type. False when a tenant has one of that name: theirs stays.
 *
 * @throws MeshError DATABASE_UNAVAILABLE
 */
export async function putBundledCheckpoint(database: Database, ref: CheckpointRef): Promise<boolean> {
  const written = await database.orm
    .insert(checkpoint)
    .values({ ...ref, status: 'active', tenantId: everyone, owner: 'infermesh', allowedRoles: ['*'] })
    .onConflictDoUpdate({
      target: [checkpoint.name, checkpoint.type],
      set: { ...ref, status: 'active', updatedAt: new Date() },
      setWhere: eq(checkpoint.tenantId, everyone),
    })
    .returning({ id: checkpoint.id });
  return written.length > 0;
}
