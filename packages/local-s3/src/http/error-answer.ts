import { errnoOf } from '../disk/errno.js';
import { S3Error } from '../s3-error.js';
import { writeXmlError } from '../xml/write-xml.js';
import type { Answer } from './answer.js';

/** What a failure inside becomes for the client: S3's words, and nothing of our own paths. */
export function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new S3Error('InsufficientStorage', 'There is no space left for this object.');
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.');
}

export function errorAnswer(error: S3Error, requestId: string, resource: string): Answer {
  return {
    status: error.status,
    headers: { ...error.headers, 'content-type': 'application/xml' },
    body: writeXmlError([
      ['Code', error.code],
      ['Message', error.message],
      ['Resource', resource],
      ['RequestId', requestId],
    ]),
  };
}
