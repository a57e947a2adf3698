import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { callStorage, type BucketAccess } from './storage-call.js';

export async function copyObject(access: BucketAccess, from: string, to: string, signal: AbortSignal): Promise<void> {
  const source = `${access.bucket}/${from}`.split('/').map(encodeURIComponent).join('/');
  const command = new CopyObjectCommand({ Bucket: access.bucket, Key: to, CopySource: source });
  await callStorage(access, { verb: 'copy', key: `${from} to ${to}`, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
}
