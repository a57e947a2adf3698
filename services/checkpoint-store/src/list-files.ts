import type { CheckpointAccess, CheckpointFileView } from '@infermesh/contracts';
import type { StoreParts } from './parts.js';
import { getVisible } from './records/access.js';
import { readFiles } from './records/files.js';
import { urlSeconds } from './settings.js';

/** So many fit one message with their URLs. */
const pageFiles = 40;

interface FilesPage {
  readonly files: (CheckpointFileView & { url: string | null })[];
  readonly total: number;
  readonly archive: { sizeBytes: number; sha256: string; url: string } | null;
}

/** What a checkpoint holds, with URLs to read it. @throws MeshError NOT_FOUND */
export async function listFiles(
  { database, objectStore }: StoreParts,
  { access, id, offset }: { access: CheckpointAccess; id: string; offset: number },
): Promise<FilesPage> {
  const { archive } = await getVisible(database, objectStore.bucket, access, id);
  const sign = (key: string): Promise<string> => objectStore.presignGet(key, { expiresInSeconds: urlSeconds });
  const files = await readFiles(database, id);
  const page = files.slice(offset, offset + pageFiles).map(async (file) => ({
    path: file.path,
    key: file.object_key,
    sizeBytes: file.size_bytes,
    sha256: file.sha256,
    format: file.format,
    uploadId: file.upload_id,
    url: file.object_key === null || file.stored_at === null ? null : await sign(file.object_key),
  }));
  return {
    files: await Promise.all(page),
    total: files.length,
    archive:
      archive === null ? null : { sizeBytes: archive.sizeBytes, sha256: archive.sha256, url: await sign(archive.key) },
  };
}
