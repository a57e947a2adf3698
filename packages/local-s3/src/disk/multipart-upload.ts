import type { ChecksumAlgorithm } from '../body/checksum.js';
import type { Segment } from './object-record.js';

export interface UploadHead {
  readonly kind: 'upload';
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface UploadPart {
  readonly kind: 'part';
  readonly uploadId: string;
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly segment: Segment;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

export interface MultipartUpload {
  readonly head: UploadHead;
  readonly parts: Map<number, UploadPart>;
}

export function isUploadFile(value: unknown): value is UploadHead | UploadPart {
  const kind = (value as Partial<UploadHead | UploadPart> | null)?.kind;
  return kind === 'upload' || kind === 'part';
}
