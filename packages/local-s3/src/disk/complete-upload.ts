import { createHash } from 'node:crypto';
import { createChecksum, type ChecksumAlgorithm } from '../body/checksum.js';
import { S3Error } from '../s3-error.js';
import type { MultipartUpload, UploadPart } from './multipart-upload.js';
import type { ObjectRecord, StoredChecksum } from './object-record.js';

/** What the client says an upload consists of. */
export interface ClaimedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64, by algorithm. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

const smallestPartBytes = 5 * 1024 * 1024;

function invalidPart(partNumber: number): S3Error {
  return new S3Error(
    'InvalidPart',
    `One or more of the specified parts could not be found, or its ETag does not match: part ${String(partNumber)}.`,
  );
}

function findPart(upload: MultipartUpload, claimed: ClaimedPart): UploadPart {
  const part = upload.parts.get(claimed.partNumber);
  if (part?.etag !== claimed.etag) throw invalidPart(claimed.partNumber);
  const expected = part.checksum === undefined ? undefined : claimed.checksums.get(part.checksum.algorithm);
  if (expected !== undefined && expected !== part.checksum?.value) throw invalidPart(claimed.partNumber);
  return part;
}

/** @throws S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML */
export function chooseParts(upload: MultipartUpload, claimed: readonly ClaimedPart[]): UploadPart[] {
  if (claimed.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part');
  if (claimed.some(({ partNumber }, index) => partNumber <= (claimed[index - 1]?.partNumber ?? 0))) {
    throw new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    );
  }
  const parts = claimed.map((part) => findPart(upload, part));
  const small = parts.slice(0, -1).find(({ segment }) => segment.sizeBytes < smallestPartBytes);
  if (small !== undefined) {
    throw new S3Error(
      'EntityTooSmall',
      `Your proposed upload is smaller than the minimum allowed size: part ${String(small.partNumber)}.`,
    );
  }
  return parts;
}

function etagOf(parts: readonly UploadPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${String(parts.length)}`;
}

/** The checksum of the parts' checksums; undefined unless every part has one. */
function compositeChecksum({ head }: MultipartUpload, parts: readonly UploadPart[]): StoredChecksum | undefined {
  const { checksumAlgorithm: algorithm, checksumType } = head;
  if (algorithm === undefined || checksumType === 'FULL_OBJECT') return undefined;
  const checksum = createChecksum(algorithm);
  for (const part of parts) {
    if (part.checksum?.algorithm !== algorithm) return undefined;
    checksum.update(Buffer.from(part.checksum.value, 'base64'));
  }
  return { algorithm, value: `${checksum.digestBase64()}-${String(parts.length)}`, type: 'COMPOSITE' };
}

export function recordOf(upload: MultipartUpload, parts: readonly UploadPart[], nowMs: number): ObjectRecord {
  const checksum = compositeChecksum(upload, parts);
  const segments = parts.map(({ segment }) => segment);
  return {
    key: upload.head.key,
    sizeBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    etag: etagOf(parts),
    lastModifiedMs: nowMs,
    segments,
    headers: upload.head.headers,
    uploadId: upload.head.uploadId,
    ...(checksum === undefined ? {} : { checksum }),
  };
}
