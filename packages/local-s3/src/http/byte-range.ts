import { S3Error } from '../s3-error.js';

/** `endByte` is not included. */
export interface ByteSpan {
  readonly startByte: number;
  readonly endByte: number;
}

/**
 * Reads a `Range` header. As S3 does, one that is not a single byte range is ignored (undefined).
 * @throws S3Error InvalidRange when it lies outside the object
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteSpan | undefined {
  const match = /^bytes=(?<first>\d*)-(?<last>\d*)$/u.exec(header?.trim() ?? '')?.groups;
  const [first = '', last = ''] = [match?.['first'], match?.['last']];
  if (match === undefined || (first === '' && last === '')) return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const startByte = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const endByte = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (startByte < endByte) return { startByte, endByte };
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    'content-range': `bytes */${String(sizeBytes)}`,
  });
}
