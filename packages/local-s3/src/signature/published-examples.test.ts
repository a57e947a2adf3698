import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { S3Request } from '../http/s3-request.js';
import { ChunkVerifier } from './chunk-verifier.js';
import { RequestSigner } from './request-signer.js';
import { parseSignatureClaim } from './signature-claim.js';

// The worked examples in Amazon's documentation of Signature Version 4 for S3, with its example credentials.
const signer = new RequestSigner({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' });
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

function aRequest(parts: Pick<S3Request, 'method' | 'canonicalPath'> & Partial<S3Request>): S3Request {
  return { bucket: 'examplebucket', key: 'x', query: new Map(), headers: new Map(), ...parts };
}

function signatureOf(request: S3Request): string {
  return signer.signRequest(request, parseSignatureClaim(request));
}

function authorization(signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;
}

describe('the published examples', () => {
  it('GET with a range', () => {
    const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
    const headers = new Map([
      ['host', 'examplebucket.s3.amazonaws.com'],
      ['range', 'bytes=0-9'],
      ['x-amz-content-sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      ['x-amz-date', '20130524T000000Z'],
      ['authorization', authorization('host;range;x-amz-content-sha256;x-amz-date', signature)],
    ]);
    expect(signatureOf(aRequest({ method: 'GET', canonicalPath: '/test.txt', headers }))).toBe(signature);
  });

  it('presigned GET', () => {
    const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const query = new Map([
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', scope],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', signature],
    ]);
    const headers = new Map([['host', 'examplebucket.s3.amazonaws.com']]);
    expect(signatureOf(aRequest({ method: 'GET', canonicalPath: '/test.txt', query, headers }))).toBe(signature);
  });

  it('PUT in signed chunks', () => {
    const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
    const signedHeaders =
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class';
    const headers = new Map([
      ['host', 's3.amazonaws.com'],
      ['x-amz-date', '20130524T000000Z'],
      ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
      ['content-encoding', 'aws-chunked'],
      ['x-amz-decoded-content-length', '66560'],
      ['content-length', '66824'],
      ['authorization', authorization(signedHeaders, seed)],
    ]);
    const request = aRequest({ method: 'PUT', canonicalPath: '/examplebucket/chunkObject.txt', headers });
    const claim = parseSignatureClaim(request);
    expect(signer.signRequest(request, claim)).toBe(seed);

    const chunks = [
      ['ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648', 65_536],
      ['0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497', 1024],
      ['b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9', 0],
    ] as const;
    const verifier = new ChunkVerifier(signer, claim);
    for (const [signature, sizeBytes] of chunks) {
      const hash = createHash('sha256').update('a'.repeat(sizeBytes)).digest('hex');
      verifier.verifyChunk(signature, hash);
    }
    const hash = createHash('sha256').update('a'.repeat(1024)).digest('hex');
    expect(() => {
      new ChunkVerifier(signer, claim).verifyChunk(chunks[1][0], hash);
    }).toThrow(expect.objectContaining({ code: 'SignatureDoesNotMatch' }));
  });
});

it('joins blanks and tabs of a header, and takes a no-break space for a part of its value', () => {
  const of = (value: string): string => {
    const headers = new Map([
      ['host', 'h'],
      ['x-amz-date', '20130524T000000Z'],
      ['x-amz-meta-a', value],
      ['authorization', authorization('host;x-amz-date;x-amz-meta-a', '0'.repeat(64))],
    ]);
    return signatureOf(aRequest({ method: 'PUT', canonicalPath: '/b/k', headers }));
  };
  expect(of(' \t a  \tb ')).toBe(of('a b'));
  expect(of('a\u00a0b')).not.toBe(of('a b'));
  expect(of('a\u00a0')).not.toBe(of('a'));
});
