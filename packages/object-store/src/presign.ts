import { GetObjectCommand, PutObjectCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { MeshError } from '@infermesh/errors';
import { attachmentDisposition } from './attachment-disposition.js';
import type { PresignGetOptions, PresignPartOptions, PresignPutOptions, PresignedPut } from './object-store.js';
import { sha256HexToBase64 } from './sha256.js';

const longestSeconds = 3600;

/** A client whose endpoint is the host that the URL's user reaches. */
export interface Presigner {
  readonly client: S3Client;
  readonly bucket: string;
}

function expiry({ expiresInSeconds }: { readonly expiresInSeconds: number }): { readonly expiresIn: number } {
  if (Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= longestSeconds) {
    return { expiresIn: expiresInSeconds };
  }
  throw new MeshError('BAD_REQUEST', `a presigned URL lives 1 to ${String(longestSeconds)} s`, {
    field: 'expiresInSeconds',
  });
}

export async function presignGet(
  { client, bucket }: Presigner,
  key: string,
  options: PresignGetOptions,
): Promise<string> {
  const { downloadName, contentType } = options;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(downloadName === undefined ? {} : { ResponseContentDisposition: attachmentDisposition(downloadName) }),
    ...(contentType === undefined ? {} : { ResponseContentType: contentType }),
  });
  return getSignedUrl(client, command, expiry(options));
}

function putHeaders({
  sizeBytes,
  sha256,
  contentType,
}: Omit<PresignPutOptions, 'expiresInSeconds' | 'maxBytes'>): Record<string, string> {
  return {
    ...(sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) }),
    ...(sha256 === undefined ? {} : { 'x-amz-checksum-sha256': sha256HexToBase64(sha256) }),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  };
}

/** A parameter of the URL, and so under its signature. Servers that do not know it pass over it. */
function limitBody(command: PutObjectCommand, maxBytes: number): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { query?: Record<string, string> };
      request.query = { ...request.query, 'max-bytes': String(maxBytes) };
      return next(args);
    },
    { step: 'build', name: 'limitBody' },
  );
}

export async function presignPut(
  { client, bucket }: Presigner,
  key: string,
  options: PresignPutOptions,
): Promise<PresignedPut> {
  const headers = putHeaders(options);
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(options.sizeBytes === undefined ? {} : { ContentLength: options.sizeBytes }),
    ...(options.sha256 === undefined ? {} : { ChecksumSHA256: sha256HexToBase64(options.sha256) }),
    ...(options.contentType === undefined ? {} : { ContentType: options.contentType }),
  });
  if (options.maxBytes !== undefined) limitBody(command, options.maxBytes);
  const url = await getSignedUrl(client, command, {
    ...expiry(options),
    // The presigner would move the checksum into the query and leave the content type unsigned.
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    signableHeaders: new Set(Object.keys(headers)),
  });
  return { url, headers };
}

export async function presignPart(
  { client, bucket }: Presigner,
  key: string,
  uploadId: string,
  partNumber: number,
  options: PresignPartOptions,
): Promise<PresignedPut> {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > 10_000) {
    throw new MeshError('BAD_REQUEST', 'part numbers go from 1 to 10000', { field: 'partNumber' });
  }
  const { sizeBytes } = options;
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    ...(sizeBytes === undefined ? {} : { ContentLength: sizeBytes }),
  });
  const url = await getSignedUrl(client, command, expiry(options));
  return { url, headers: putHeaders(sizeBytes === undefined ? {} : { sizeBytes }) };
}
