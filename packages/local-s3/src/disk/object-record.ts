import type { ChecksumAlgorithm } from '../body/checksum.js';

/** A file of bytes that never changes. */
export interface Segment {
  readonly id: string;
  readonly sizeBytes: number;
}

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; of a composite one with `-<parts>` behind. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** All that is known about an object. The segments hold its bytes, one after the other. */
export interface ObjectRecord {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly segments: readonly Segment[];
  /** Answered as they were given: content type, other content headers, `x-amz-meta-*`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: StoredChecksum;
  /** The multipart upload that made it: completing twice answers the same. */
  readonly uploadId?: string;
}
