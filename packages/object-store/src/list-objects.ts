import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ListedObject } from './object-store.js';
import { callStorage, type BucketAccess } from './storage-call.js';

async function listPage(
  access: BucketAccess,
  prefix: string,
  continuationToken: string | undefined,
  signal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: access.bucket,
    Prefix: prefix,
    ...(continuationToken === undefined ? {} : { ContinuationToken: continuationToken }),
  });
  return callStorage(access, { verb: 'list', key: prefix, signal }, (deadline) =>
    access.client.send(command, { abortSignal: deadline.signal }),
  );
}

export async function* listObjects(
  access: BucketAccess,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  let continuationToken: string | undefined;
  do {
    const page = await listPage(access, prefix, continuationToken, signal);
    for (const entry of page.Contents ?? []) {
      if (entry.Key === undefined) continue;
      yield { key: entry.Key, sizeBytes: entry.Size ?? 0, lastModified: entry.LastModified ?? new Date(0) };
    }
    continuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (continuationToken !== undefined);
}
