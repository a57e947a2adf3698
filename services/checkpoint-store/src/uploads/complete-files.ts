import type { CheckpointAccess } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { StoredObject, UploadedPart } from '@infermesh/object-store';
import { inGroups } from '../in-groups.js';
import type { StoreParts } from '../parts.js';
import { getChangeable } from '../records/access.js';
import { readFiles, setStored, type FileRow } from '../records/files.js';

export interface FileParts {
  readonly path: string;
  readonly parts: readonly UploadedPart[];
}

const completedAtOnce = 8;

/**
 * Puts parts together to files. Files that stand already, and names the checkpoint does not know, are passed over.
 *
 * @throws MeshError NOT_FOUND, FORBIDDEN; BAD_REQUEST for parts that do not fit, with the file as it was; PAYLOAD_TOO_LARGE
 */
export async function completeFiles(
  parts: StoreParts,
  { access, id, files: claimed }: { access: CheckpointAccess; id: string; files: readonly FileParts[] },
  signal: AbortSignal,
): Promise<void> {
  const { database, objectStore } = parts;
  await getChangeable(database, objectStore.bucket, access, id);
  const files = await readFiles(database, id);
  const byPath = new Map(claimed.map((file) => [file.path.trim(), file.parts]));
  const open = files.filter(({ path, stored_at: storedAt }) => byPath.has(path) && storedAt === null);
  let storedBytes = files.reduce((sum, file) => sum + (file.size_bytes ?? 0), 0);
  await inGroups(open, completedAtOnce, async (group) => {
    const completing = group.map(async (file) => {
      const { sizeBytes } = await completeFile(parts, file, byPath.get(file.path) ?? [], storedBytes, signal);
      await setStored(database, file.id, sizeBytes);
      return sizeBytes;
    });
    for (const sizeBytes of await Promise.all(completing)) storedBytes += sizeBytes;
  });
}

async function completeFile(
  { objectStore, settings }: StoreParts,
  { path, object_key: key, upload_id: uploadId }: FileRow,
  claimed: readonly UploadedPart[],
  storedBytes: number,
  signal: AbortSignal,
): Promise<StoredObject> {
  if (key === null || uploadId === null) throw new MeshError('CONFLICT', `the upload of ${path} has not begun`);
  if (claimed.length === 0)
    throw new MeshError('BAD_REQUEST', `the parts of ${path} are missing`, { field: 'multi_parts_tags' });
  try {
    const arrived = await objectStore.multipart.listParts(key, uploadId, signal);
    const sizeBytes = arrived.reduce((sum, part) => sum + part.sizeBytes, storedBytes);
    if (sizeBytes > settings.maxBytes)
      throw new MeshError(
        'PAYLOAD_TOO_LARGE',
        `the checkpoint has ${sizeBytes} bytes; at most ${settings.maxBytes} are allowed`,
      );
    const sorted = claimed.map(quoted).toSorted((a, b) => a.partNumber - b.partNumber);
    return await objectStore.multipart.complete(key, uploadId, sorted, signal);
  } catch (error) {
    // completed by an earlier try whose answer was lost
    const stored = isGone(error) ? await objectStore.find(key, signal) : undefined;
    if (stored !== undefined) return stored;
    throw isGone(error)
      ? new MeshError('CONFLICT', `the upload of ${path} has ended: begin it anew`, { cause: error })
      : error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof MeshError && error.code === 'OBJECT_NOT_FOUND';
}

/** Clients send the tag with the quotes of the header, or without. */
function quoted({ partNumber, etag }: UploadedPart): UploadedPart {
  return { partNumber, etag: `"${etag.replaceAll('"', '')}"` };
}
