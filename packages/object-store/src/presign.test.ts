import { describe, expect, it } from '@jest/globals';
import { createObjectStore } from './index.js';

const secretAccessKey = 'a-secret-that-must-not-show';
// Nothing listens there: presigning must not need it.
const endpoint = 'http://127.0.0.1:1';
const options = { endpoint, region: 'eu-own-1', bucket: 'b-1', accessKeyId: 'key-1', secretAccessKey };
const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('presigned URLs', () => {
  it('carry the public host, not the inner one', async () => {
    await using store = createObjectStore({ ...options, publicEndpoint: 'https://files.example.org:8443' });
    const { origin, pathname, searchParams } = new URL(await store.presignGet('a/b c', { expiresInSeconds: 3600 }));
    expect([origin, pathname]).toEqual(['https://files.example.org:8443', '/b-1/a/b%20c']);
    expect(searchParams.get('X-Amz-Expires')).toBe('3600');
    expect(searchParams.get('X-Amz-Credential')).toMatch(/^key-1\/\d{8}\/eu-own-1\/s3\/aws4_request$/u);
  });

  it('may have the bucket in the host name', async () => {
    await using store = createObjectStore({
      ...options,
      publicEndpoint: 'https://s3.example.org',
      forcePathStyle: false,
    });
    const url = new URL(await store.presignGet('a', { expiresInSeconds: 60 }));
    expect([url.host, url.pathname]).toEqual(['b-1.s3.example.org', '/a']);
  });

  it('of a bare PUT sign the host alone and demand no checksum', async () => {
    await using store = createObjectStore(options);
    const { url, headers } = await store.presignPut('a', { expiresInSeconds: 60 });
    const { searchParams } = new URL(url);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect([...searchParams.keys()].filter((name) => /checksum/iu.test(name))).toEqual([]);
    expect(headers).toEqual({});
    expect(url).not.toContain(secretAccessKey);
  });

  it('of a PUT sign what is given, and say so', async () => {
    await using store = createObjectStore(options);
    const put = await store.presignPut('a', { expiresInSeconds: 60, sizeBytes: 3, sha256, contentType: 'text/plain' });
    const signed = new URL(put.url).searchParams.get('X-Amz-SignedHeaders');
    expect(signed).toBe('content-length;content-type;host;x-amz-checksum-sha256');
    expect(put.headers).toEqual({
      'content-length': '3',
      'content-type': 'text/plain',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    });
  });

  it.each([0, 3601, 1.5, -1, NaN])('live no %d seconds', async (expiresInSeconds) => {
    await using store = createObjectStore(options);
    const refusal = { code: 'BAD_REQUEST', field: 'expiresInSeconds' };
    await expect(store.presignGet('a', { expiresInSeconds })).rejects.toMatchObject(refusal);
    await expect(store.presignPut('a', { expiresInSeconds })).rejects.toMatchObject(refusal);
    await expect(store.multipart.presignPart('a', 'u', 1, { expiresInSeconds })).rejects.toMatchObject(refusal);
  });

  it('refuse a digest or part number that is none', async () => {
    await using store = createObjectStore(options);
    await expect(store.presignPut('a', { expiresInSeconds: 1, sha256: 'xyz' })).rejects.toMatchObject({
      field: 'sha256',
    });
    for (const partNumber of [0, 10_001, 1.5]) {
      const part = store.multipart.presignPart('a', 'u', partNumber, { expiresInSeconds: 1 });
      await expect(part).rejects.toMatchObject({ field: 'partNumber' });
    }
  });
});
