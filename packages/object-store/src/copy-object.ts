import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { headObject } from './head-object.js';
import { abortUpload, completeUpload, createUpload } from './multipart.js';
import type { UploadedPart } from './object-store.js';
import { callStorage, type BucketAccess } from './storage-call.js';

/** Whole objects up to this size are copied by one request; S3 refuses more than 5 GiB. */
export const defaultCopyPartBytes = 512 * 1024 * 1024;

/** Within the bucket. The server copies; in parts where the object is larger than `partBytes`. */
export async function copyObject(
  access: BucketAccess,
  from: string,
  to: string,
  { partBytes, signal }: { readonly partBytes: number; readonly signal: AbortSignal },
): Promise<void> {
  const { sizeBytes, contentType } = await headObject(access, from, signal);
  if (sizeBytes > partBytes) await copyInParts({ access, from, to, sizeBytes, partBytes, contentType, signal });
  else await copyWhole(access, from, to, sizeBytes, signal);
}

function copySource({ bucket }: BucketAccess, key: string): string {
  return `${bucket}/${key}`.split('/').map(encodeURIComponent).join('/');
}

async function copyWhole(
  access: BucketAccess,
  from: string,
  to: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const command = new CopyObjectCommand({ Bucket: access.bucket, Key: to, CopySource: copySource(access, from) });
  await callStorage(access, { verb: 'copy', key: `${from} to ${to}`, uploadBytes: sizeBytes, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
}

interface PartsCopy {
  readonly access: BucketAccess;
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly contentType: string;
  readonly signal: AbortSignal;
}

async function copyInParts(copy: PartsCopy): Promise<void> {
  const { access, to, sizeBytes, partBytes, contentType, signal } = copy;
  const uploadId = await createUpload(access, to, { contentType, signal });
  try {
    const parts: UploadedPart[] = [];
    for (let startByte = 0; startByte < sizeBytes; startByte += partBytes)
      parts.push(await copyPart(copy, uploadId, parts.length + 1, startByte));
    await completeUpload(access, to, uploadId, parts, signal);
  } catch (error) {
    await abortUpload(access, to, uploadId, new AbortController().signal).catch(() => undefined);
    throw error;
  }
}

async function copyPart(
  { access, from, to, sizeBytes, partBytes, signal }: PartsCopy,
  uploadId: string,
  partNumber: number,
  startByte: number,
): Promise<UploadedPart> {
  const endByte = Math.min(startByte + partBytes, sizeBytes) - 1;
  const command = new UploadPartCopyCommand({
    Bucket: access.bucket,
    Key: to,
    UploadId: uploadId,
    PartNumber: partNumber,
    CopySource: copySource(access, from),
    CopySourceRange: `bytes=${String(startByte)}-${String(endByte)}`,
  });
  const call = { verb: 'copy part of', key: `${from} to ${to}`, uploadBytes: endByte - startByte + 1, signal };
  return callStorage(access, call, async (deadline) => {
    const { CopyPartResult } = await access.client.send(command, { abortSignal: deadline.signal });
    return { partNumber, etag: CopyPartResult?.ETag ?? '' };
  });
}
