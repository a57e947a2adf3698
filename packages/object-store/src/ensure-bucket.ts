import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { callStorage, type BucketAccess } from './storage-call.js';
import { isServiceFailure } from './storage-error.js';

async function isThere(access: BucketAccess, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await access.client.send(new HeadBucketCommand({ Bucket: access.bucket }), { abortSignal });
    return true;
  } catch (error) {
    if (isServiceFailure(error) && error.$metadata.httpStatusCode === 404) return false;
    throw error;
  }
}

async function createBucket(access: BucketAccess, abortSignal: AbortSignal): Promise<void> {
  try {
    await access.client.send(new CreateBucketCommand({ Bucket: access.bucket }), { abortSignal });
  } catch (error) {
    // Another process was faster.
    if (!(isServiceFailure(error) && error.name === 'BucketAlreadyOwnedByYou')) throw error;
  }
}

/** Several processes may call it at once. */
export async function ensureBucket(access: BucketAccess, signal: AbortSignal): Promise<void> {
  await callStorage(access, { verb: 'create', signal }, async (deadline) => {
    if (!(await isThere(access, deadline.signal))) await createBucket(access, deadline.signal);
  });
}
