import { describe, expect, it } from '@jest/globals';
import { UrlSigner } from './url-signer.js';

describe('UrlSigner', () => {
  it('signs the example of the S3 API reference as the reference does', () => {
    const signer = new UrlSigner({
      endpoint: 'https://s3.amazonaws.com',
      region: 'us-east-1',
      bucket: 'examplebucket',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      forcePathStyle: false,
    });
    const at = new Date('2013-05-24T00:00:00Z');
    const url = new URL(signer.sign({ method: 'GET', key: 'test.txt', expiresInSeconds: 86_400, at }));
    expect(`${url.origin}${url.pathname}`).toBe('https://examplebucket.s3.amazonaws.com/test.txt');
    expect(url.searchParams.get('X-Amz-Signature')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it('keeps the path of the endpoint, and what is odd in a key', () => {
    const signer = new UrlSigner({
      endpoint: 'http://127.0.0.1:9000/storage/',
      region: 'r',
      bucket: 'b',
      accessKeyId: 'k',
      secretAccessKey: 's',
      forcePathStyle: true,
    });
    const url = signer.sign({ method: 'PUT', key: "a//b c+ü(1)'*!", expiresInSeconds: 1 });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:9000\/storage\/b\/a\/\/b%20c%2B%C3%BC%281%29%27%2A%21\?X-Amz/u);
  });
});
