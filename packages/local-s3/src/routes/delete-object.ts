import { emptyAnswer } from '../http/answer.js';
import type { Operation } from '../http/exchange.js';

export const deleteObject: Operation = async ({ store, bucketName, key }) => {
  await store.get(bucketName).delete(key);
  return emptyAnswer(204);
};
