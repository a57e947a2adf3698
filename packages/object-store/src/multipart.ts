import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListPartsCommandOutput,
} from '@aws-sdk/client-s3';
import { MeshError } from '@infermesh/errors';
import { headObject } from './head-object.js';
import type { OpenUpload, StoredObject, UploadedPart } from './object-store.js';
import { defaultContentType } from './put-bytes.js';
import { callStorage, type BucketAccess } from './storage-call.js';

export async function createUpload(
  access: BucketAccess,
  key: string,
  options: { readonly contentType?: string; readonly signal: AbortSignal },
): Promise<string> {
  const command = new CreateMultipartUploadCommand({
    Bucket: access.bucket,
    Key: key,
    ContentType: options.contentType ?? defaultContentType,
  });
  return callStorage(access, { verb: 'create upload of', key, signal: options.signal }, async (deadline) => {
    const { UploadId } = await access.client.send(command, { abortSignal: deadline.signal });
    if (UploadId === undefined) throw new Error('the answer has no upload id');
    return UploadId;
  });
}

export async function completeUpload(
  access: BucketAccess,
  key: string,
  uploadId: string,
  parts: readonly UploadedPart[],
  signal: AbortSignal,
): Promise<StoredObject> {
  const command = new CompleteMultipartUploadCommand({
    Bucket: access.bucket,
    Key: key,
    UploadId: uploadId,
    MultipartUpload: { Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })) },
  });
  await callStorage(access, { verb: 'complete upload of', key, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
  const { sizeBytes, etag } = await headObject(access, key, signal);
  return { sizeBytes, etag };
}

export async function abortUpload(
  access: BucketAccess,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: access.bucket, Key: key, UploadId: uploadId });
  try {
    await callStorage(access, { verb: 'abort upload of', key, signal }, (deadline) =>
      access.client.send(command, { abortSignal: deadline.signal }),
    );
  } catch (error) {
    if (!(error instanceof MeshError && error.code === 'OBJECT_NOT_FOUND')) throw error;
  }
}

async function listPage(
  access: BucketAccess,
  key: string,
  uploadId: string,
  marker: string | undefined,
  signal: AbortSignal,
): Promise<ListPartsCommandOutput> {
  const command = new ListPartsCommand({
    Bucket: access.bucket,
    Key: key,
    UploadId: uploadId,
    ...(marker === undefined ? {} : { PartNumberMarker: marker }),
  });
  return callStorage(access, { verb: 'list parts of', key, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
}

/** Not by the SDK's paginator: that goes on for ever with a server that names a next marker on its last page. */
export async function listUploadedParts(
  access: BucketAccess,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<(UploadedPart & { sizeBytes: number })[]> {
  const parts: (UploadedPart & { sizeBytes: number })[] = [];
  let marker: string | undefined;
  do {
    const page = await listPage(access, key, uploadId, marker, signal);
    for (const part of page.Parts ?? []) {
      parts.push({ partNumber: part.PartNumber ?? 0, etag: part.ETag ?? '', sizeBytes: part.Size ?? 0 });
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
}

async function listUploadsPage(
  access: BucketAccess,
  prefix: string,
  after: OpenUpload | undefined,
  signal: AbortSignal,
): Promise<ListMultipartUploadsCommandOutput> {
  const command = new ListMultipartUploadsCommand({
    Bucket: access.bucket,
    Prefix: prefix,
    ...(after === undefined ? {} : { KeyMarker: after.key, UploadIdMarker: after.uploadId }),
  });
  return callStorage(access, { verb: 'list uploads of', key: prefix, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
}

export async function listUploads(access: BucketAccess, prefix: string, signal: AbortSignal): Promise<OpenUpload[]> {
  const uploads: OpenUpload[] = [];
  let after: OpenUpload | undefined;
  do {
    const page = await listUploadsPage(access, prefix, after, signal);
    for (const { Key: key, UploadId: uploadId } of page.Uploads ?? [])
      if (key !== undefined && uploadId !== undefined) uploads.push({ key, uploadId });
    const { NextKeyMarker: key, NextUploadIdMarker: uploadId, IsTruncated: isTruncated } = page;
    after = isTruncated === true && key !== undefined && uploadId !== undefined ? { key, uploadId } : undefined;
  } while (after !== undefined);
  return uploads;
}
