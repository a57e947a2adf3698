import { S3Error } from '../s3-error.js';
import type { S3Request } from './s3-request.js';

/** Ours: S3 has no such limit for a PUT, signs it as it signs any parameter, and passes over it. */
const limitParameter = 'max-bytes';

/** The most bytes that whoever signed a URL lets its holder send. @throws S3Error InvalidArgument */
export function signedLimit({ query }: S3Request): number {
  const text = query.get(limitParameter);
  if (text === undefined) return Infinity;
  if (/^\d{1,15}$/u.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', `${limitParameter} is not a number of bytes.`);
}
