import type { RequestBody } from '../body/request-body.js';
import type { DiskStore } from '../disk/disk-store.js';
import type { Answer } from './answer.js';
import type { S3Request } from './s3-request.js';

/** What an operation works with. Its request is proven to come from a holder of the secret. */
export interface Exchange {
  readonly request: S3Request;
  readonly body: RequestBody;
  readonly store: DiskStore;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** An exchange about a bucket, or about an object in it (else `key` is empty). */
export interface BucketExchange extends Exchange {
  readonly bucketName: string;
  readonly key: string;
}

export type Operation = (exchange: BucketExchange) => Promise<Answer>;
