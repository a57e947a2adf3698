import { MeshError } from '@infermesh/errors';
import { partSizeBytes, type ObjectStore, type UploadedPart } from '@infermesh/object-store';
import { z } from 'zod';

/** What an earlier try of an import has left: whole parts, in an upload that is still open. */
export interface KeptUpload {
  readonly uploadId: string;
  /** Of the file that the parts are of. */
  readonly etag: string;
  readonly parts: readonly UploadedPart[];
  /** In the parts. */
  readonly receivedBytes: number;
}

/** What the work of an import remembers beside its URL, from its first part on. */
const remembered = z.object({ uploadId: z.string(), etag: z.string() });

/** Undefined without anything to go on with. @throws MeshError outages of the store */
export async function findKeptUpload(
  objectStore: ObjectStore,
  key: string,
  data: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<KeptUpload | undefined> {
  const { success, data: known } = remembered.safeParse(data);
  if (!success) return undefined;
  const listed = await objectStore.multipart.listParts(key, known.uploadId, signal).catch((error: unknown) => {
    if (error instanceof MeshError && error.code === 'OBJECT_NOT_FOUND') return [];
    throw error;
  });
  const gap = listed.findIndex(
    ({ partNumber, sizeBytes }, index) => partNumber !== index + 1 || sizeBytes !== partSizeBytes(partNumber),
  );
  const whole = gap === -1 ? listed : listed.slice(0, gap);
  if (whole.length === 0) return undefined;
  return {
    ...known,
    parts: whole.map(({ partNumber, etag }) => ({ partNumber, etag })),
    receivedBytes: whole.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
