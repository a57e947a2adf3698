import { checksumAlgorithms, createChecksum, type ChecksumAlgorithm } from '../body/checksum.js';
import { parseExpectedDigests, type ExpectedChecksum } from '../body/expected-digests.js';
import type { Bucket } from '../disk/bucket.js';
import type { ClaimedPart } from '../disk/complete-upload.js';
import type { ObjectRecord } from '../disk/object-record.js';
import { xmlAnswer } from '../http/answer.js';
import { writePrecondition } from '../http/conditions.js';
import type { Operation } from '../http/exchange.js';
import type { S3Request } from '../http/s3-request.js';
import { S3Error } from '../s3-error.js';
import { childText, parseXml, type XmlElement } from '../xml/parse-xml.js';
import { getUploadId } from './multipart-parameters.js';

const longestBodyBytes = 4 * 1024 * 1024;

function malformed(): S3Error {
  return new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

function parsePart(element: XmlElement): ClaimedPart {
  const number = childText(element, 'PartNumber')?.trim() ?? '';
  const etag = childText(element, 'ETag')?.trim().replaceAll('"', '') ?? '';
  if (element.name !== 'Part' || !/^\d{1,5}$/u.test(number) || etag === '') {
    throw malformed();
  }
  const checksums = new Map<ChecksumAlgorithm, string>();
  for (const algorithm of checksumAlgorithms) {
    const value = childText(element, `Checksum${algorithm.toUpperCase()}`);
    if (value !== undefined) checksums.set(algorithm, value.trim());
  }
  return { partNumber: Number(number), etag, checksums };
}

/** The one checksum that this request's headers speak of is the object's, not that of the XML in its body. */
function expectedOfObject(request: S3Request): ExpectedChecksum | undefined {
  if (request.headers.get('x-amz-checksum-type')?.toUpperCase() === 'COMPOSITE') return undefined;
  return parseExpectedDigests(request).checksum;
}

async function withFullChecksum(
  bucket: Bucket,
  record: ObjectRecord,
  expected: ExpectedChecksum,
): Promise<ObjectRecord> {
  const checksum = createChecksum(expected.algorithm);
  for await (const chunk of await bucket.data.read(record.segments, 0, record.sizeBytes)) checksum.update(chunk);
  const value = checksum.digestBase64();
  if (value !== expected.value)
    throw new S3Error('BadDigest', 'The checksum of the whole object did not match the calculated one.');
  return { ...record, checksum: { algorithm: expected.algorithm, value, type: 'FULL_OBJECT' } };
}

function assertSize(request: S3Request, sizeBytes: number): void {
  const expected = request.headers.get('x-amz-mp-object-size');
  if (expected !== undefined && expected !== String(sizeBytes)) {
    throw new S3Error('InvalidRequest', 'The size of the object does not match x-amz-mp-object-size.');
  }
}

export const completeMultipartUpload: Operation = async ({ request, body, store, bucketName, key, nowMs }) => {
  const bucket = store.get(bucketName);
  const root = parseXml(await body.readText(longestBodyBytes, { ignoresChecksum: true }));
  if (root.name !== 'CompleteMultipartUpload') throw malformed();
  const claimed = root.children.map(parsePart);
  const expected = expectedOfObject(request);
  const verify = async (record: ObjectRecord): Promise<ObjectRecord> => {
    assertSize(request, record.sizeBytes);
    return expected === undefined ? record : withFullChecksum(bucket, record, expected);
  };
  const finish = { nowMs, verify, precondition: writePrecondition(request) };
  const record = await store.uploadsOf(bucketName).complete(getUploadId(request), key, claimed, finish);
  return xmlAnswer([
    'CompleteMultipartUploadResult',
    [
      ['Location', `/${bucketName}/${key}`],
      ['Bucket', bucketName],
      ['Key', key],
      ['ETag', `"${record.etag}"`],
      record.checksum === undefined
        ? undefined
        : [`Checksum${record.checksum.algorithm.toUpperCase()}`, record.checksum.value],
      record.checksum === undefined ? undefined : ['ChecksumType', record.checksum.type],
    ],
  ]);
};
