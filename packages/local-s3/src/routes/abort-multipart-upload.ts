import { emptyAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';
import { getUploadId } from './multipart-parameters.js';

export const abortMultipartUpload: Operation = async ({ request, store, bucketName, key }) => {
  await store.uploadsOf(bucketName).abort(getUploadId(request), key);
  return emptyAnswer(204);
};
