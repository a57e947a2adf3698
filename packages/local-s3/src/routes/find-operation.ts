import type { Answer } from '../http/answer.js';
import type { Exchange, Operation } from '../http/exchange.js';
import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import { abortMultipartUpload } from './abort-multipart-upload.js';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.js';
import { completeMultipartUpload } from './complete-multipart-upload.js';
import { copyObject } from './copy-object.js';
import { createMultipartUpload } from './create-multipart-upload.js';
import { deleteObject } from './delete-object.js';
import { deleteObjects } from './delete-objects.js';
import { getObject } from './get-object.js';
import { listMultipartUploads } from './list-multipart-uploads.js';
import { listObjects } from './list-objects.js';
import { listParts } from './list-parts.js';
import { putObject } from './put-object.js';
import { uploadPart } from './upload-part.js';
import { uploadPartCopy } from './upload-part-copy.js';

interface Route {
  readonly method: string;
  readonly level: 'bucket' | 'object';
  /** A query parameter that must be there, such as `uploads`. */
  readonly marker?: string;
  readonly header?: string;
  readonly operation: Operation;
}

/** The first that fits is taken. */
const routes: readonly Route[] = [
  { level: 'bucket', method: 'PUT', operation: createBucket },
  { level: 'bucket', method: 'HEAD', operation: headBucket },
  { level: 'bucket', method: 'DELETE', operation: deleteBucket },
  { level: 'bucket', method: 'GET', marker: 'location', operation: getBucketLocation },
  { level: 'bucket', method: 'GET', marker: 'uploads', operation: listMultipartUploads },
  { level: 'bucket', method: 'GET', marker: 'list-type', operation: listObjects },
  { level: 'bucket', method: 'POST', marker: 'delete', operation: deleteObjects },
  { level: 'object', method: 'PUT', marker: 'uploadId', header: 'x-amz-copy-source', operation: uploadPartCopy },
  { level: 'object', method: 'PUT', marker: 'uploadId', operation: uploadPart },
  { level: 'object', method: 'PUT', header: 'x-amz-copy-source', operation: copyObject },
  { level: 'object', method: 'PUT', operation: putObject },
  { level: 'object', method: 'GET', marker: 'uploadId', operation: listParts },
  { level: 'object', method: 'GET', operation: getObject },
  { level: 'object', method: 'HEAD', operation: getObject },
  { level: 'object', method: 'DELETE', marker: 'uploadId', operation: abortMultipartUpload },
  { level: 'object', method: 'DELETE', operation: deleteObject },
  { level: 'object', method: 'POST', marker: 'uploads', operation: createMultipartUpload },
  { level: 'object', method: 'POST', marker: 'uploadId', operation: completeMultipartUpload },
];

/** Parameters that turn a request into another one. Ignoring one would mean, say, deleting an object instead of its tags. */
const subresources = new Set([
  'accelerate',
  'acl',
  'analytics',
  'append',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metadataConfiguration',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]);

function isUnderstood(name: string, route: Route): boolean {
  if (!subresources.has(name) || name === route.marker) return true;
  return name === 'partNumber' && route.marker === 'uploadId' && route.method === 'PUT';
}

function findRoute({ method, key, query, headers }: S3Request): Route | undefined {
  const level = key === undefined ? 'bucket' : 'object';
  return routes.find(
    (route) =>
      route.level === level &&
      route.method === method &&
      (route.marker === undefined || query.has(route.marker)) &&
      (route.header === undefined || headers.has(route.header)),
  );
}

/** @throws S3Error MethodNotAllowed, NotImplemented */
export function findOperation(request: S3Request): (exchange: Exchange) => Promise<Answer> {
  const { bucket, key = '', method, query } = request;
  if (bucket === undefined) {
    if (method !== 'GET')
      throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
    return listBuckets;
  }
  const route = findRoute(request);
  if (route === undefined) {
    if (method === 'GET')
      throw new S3Error('NotImplemented', 'Of the ways to list a bucket only ListObjectsV2 is implemented.');
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
  const strange = [...query.keys()].find((name) => !isUnderstood(name, route));
  if (strange !== undefined)
    throw new S3Error('NotImplemented', `The parameter ${strange} implies functionality that is not implemented.`);
  return (exchange) => route.operation({ ...exchange, bucketName: bucket, key });
}
