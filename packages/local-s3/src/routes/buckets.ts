import { emptyAnswer, xmlAnswer, type Answer } from '../http/answer.js';
import type { Exchange, Operation } from '../http/exchange.js';
import { S3Error } from '../s3-error.js';
import type { XmlNode } from '../xml/write-xml.js';

const longestBodyBytes = 64 * 1024;

export function listBuckets({ store }: Exchange): Promise<Answer> {
  const buckets = store.buckets.map(({ name, createdMs }): XmlNode => [
    'Bucket',
    [
      ['Name', name],
      ['CreationDate', new Date(createdMs).toISOString()],
    ],
  ]);
  return Promise.resolve(
    xmlAnswer([
      'ListAllMyBucketsResult',
      [
        ['Owner', [['ID', 'local']]],
        ['Buckets', buckets],
      ],
    ]),
  );
}

export const createBucket: Operation = async ({ request, body, store, bucketName }) => {
  // A location may be asked for; there is only this one.
  if ((request.headers.get('content-length') ?? '0') !== '0') await body.readText(longestBodyBytes);
  if (!(await store.create(bucketName))) {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  return emptyAnswer(200, { location: `/${bucketName}` });
};

export const headBucket: Operation = ({ store, bucketName, region }) => {
  store.get(bucketName);
  return Promise.resolve(emptyAnswer(200, { 'x-amz-bucket-region': region }));
};

export const getBucketLocation: Operation = ({ store, bucketName, region }) => {
  store.get(bucketName);
  return Promise.resolve(xmlAnswer(['LocationConstraint', region === 'us-east-1' ? '' : region]));
};

export const deleteBucket: Operation = async ({ store, bucketName }) => {
  await store.delete(bucketName);
  return emptyAnswer(204);
};
