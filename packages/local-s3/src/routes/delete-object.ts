import { emptyAnswer } from '../http/answer.js';
import { writePrecondition } from '../http/conditions.js';
import type { Operation } from '../http/exchange.js';

export const deleteObject: Operation = async ({ request, store, bucketName, key }) => {
  await store.get(bucketName).delete(key, writePrecondition(request));
  return emptyAnswer(204);
};
