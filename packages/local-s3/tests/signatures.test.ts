import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createObjectStore, type ObjectStore } from '@infermesh/object-store';
import { TestServer, bucket, codeOf, credentials, type Reply } from './test-server.js';

const minuteMs = 60_000;
const path = `/${bucket}/jobs/a.txt`;

describe('signatures', () => {
  let server: TestServer;
  let store: ObjectStore;

  beforeAll(async () => {
    server = await TestServer.start();
    store = createObjectStore({ endpoint: server.url, region: 'us-east-1', bucket, ...credentials });
    await store.put('jobs/a.txt', Buffer.from('text'), { signal: new AbortController().signal });
  });

  afterEach(() => {
    server.clockSkewMs = 0;
  });

  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function presigned(): Promise<URL> {
    return new URL(await store.presignGet('jobs/a.txt', { expiresInSeconds: 600, contentType: 'text/plain' }));
  }

  async function get(url: URL, headers: Record<string, string> = {}): Promise<Reply> {
    return server.send({
      method: 'GET',
      target: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headers },
    });
  }

  describe('in a presigned URL', () => {
    it('hold as long as they say', async () => {
      const url = await presigned();
      expect(await get(url)).toMatchObject({ status: 200, body: 'text' });
      server.clockSkewMs = 9.5 * minuteMs;
      expect(await get(url)).toMatchObject({ status: 200 });
      server.clockSkewMs = 10.5 * minuteMs;
      const late = await get(url);
      expect([late.status, codeOf(late)]).toEqual([403, 'AccessDenied']);
      server.clockSkewMs = -14 * minuteMs;
      expect(await get(url)).toMatchObject({ status: 200 });
      server.clockSkewMs = -16 * minuteMs;
      expect(await get(url)).toMatchObject({ status: 403 });
    });

    it.each([
      [
        'key',
        (url: URL): void => {
          url.pathname = `/${bucket}/jobs/b.txt`;
        },
        'SignatureDoesNotMatch',
      ],
      [
        'bucket',
        (url: URL): void => {
          url.pathname = '/other-bucket/jobs/a.txt';
        },
        'SignatureDoesNotMatch',
      ],
      [
        'lifetime',
        (url: URL): void => {
          url.searchParams.set('X-Amz-Expires', '601');
        },
        'SignatureDoesNotMatch',
      ],
      [
        'date',
        (url: URL): void => {
          url.searchParams.set('X-Amz-Date', (url.searchParams.get('X-Amz-Date') ?? '').replace(/..Z$/u, '00Z'));
          url.searchParams.set('x', '1');
        },
        'SignatureDoesNotMatch',
      ],
      [
        'added parameter',
        (url: URL): void => {
          url.searchParams.set('response-cache-control', 'no-store');
        },
        'SignatureDoesNotMatch',
      ],
      [
        'missing parameter',
        (url: URL): void => {
          url.searchParams.delete('response-content-type');
        },
        'SignatureDoesNotMatch',
      ],
      [
        'signature',
        (url: URL): void => {
          url.searchParams.set('X-Amz-Signature', '0'.repeat(64));
        },
        'SignatureDoesNotMatch',
      ],
      [
        'key id',
        (url: URL): void => {
          url.searchParams.set(
            'X-Amz-Credential',
            (url.searchParams.get('X-Amz-Credential') ?? '').replace('test-key', 'nobody'),
          );
        },
        'InvalidAccessKeyId',
      ],
      [
        'all of it',
        (url: URL): void => {
          url.search = '';
        },
        'AccessDenied',
      ],
    ] as const)('break with another %s', async (_part, change, code) => {
      const url = await presigned();
      change(url);
      const reply = await get(url);
      expect([reply.status, codeOf(reply)]).toEqual([403, code]);
    });

    it.each([
      ['X-Amz-Signature', ''],
      ['X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256'],
      ['X-Amz-Date', 'yesterday'],
      ['X-Amz-Expires', '604801'],
      ['X-Amz-Expires', '0'],
      ['X-Amz-Expires', '1e3'],
      ['X-Amz-SignedHeaders', ''],
      ['X-Amz-SignedHeaders', 'content-length'],
      ['X-Amz-Credential', 'test-key'],
      ['X-Amz-Credential', 'test-key/20200101/us-east-1/s3/aws4_request'],
      ['X-Amz-Credential', 'test-key/20200101/us-east-1/sqs/aws4_request'],
    ])('are refused with %s=%j', async (name, value) => {
      const url = await presigned();
      url.searchParams.set(name, value);
      expect(codeOf(await get(url))).toBe('AuthorizationQueryParametersError');
    });

    it('are refused for another method, host, or with an added header', async () => {
      const url = await presigned();
      for (const method of ['PUT', 'POST', 'DELETE', 'HEAD']) {
        const reply = await server.send({
          method,
          target: `${url.pathname}${url.search}`,
          headers: { host: url.host },
        });
        expect(reply.status).toBe(403);
      }
      expect(codeOf(await get(url, { host: 'elsewhere:80' }))).toBe('SignatureDoesNotMatch');
      expect(codeOf(await get(url, { 'x-amz-meta-a': 'b' }))).toBe('AccessDenied');
      expect(codeOf(await get(url, { 'x-amz-security-token': 'b' }))).toBe('InvalidToken');
      expect(codeOf(await get(url, { authorization: 'AWS4-HMAC-SHA256 x' }))).toBe('InvalidArgument');
    });

    it('are refused when a parameter comes twice', async () => {
      const url = await presigned();
      url.search += '&X-Amz-Expires=600';
      expect(codeOf(await get(url))).toBe('InvalidArgument');
    });

    it('hold however the client writes the same path', async () => {
      const url = new URL(await store.presignGet("jobs/it's (1).txt", { expiresInSeconds: 60 }));
      const plainly = url.pathname
        .replaceAll('%27', "'")
        .replaceAll('%28', '(')
        .replaceAll('%29', ')')
        .replace('jobs', '%6Aobs');
      const reply = await server.send({
        method: 'GET',
        target: `${plainly}${url.search}`,
        headers: { host: url.host },
      });
      expect(codeOf(reply)).toBe('NoSuchKey');
    });

    it('cover the headers that they carry in the query, which count as sent', async () => {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: 'jobs/hoisted.txt',
        ChecksumCRC32: 'AAAAAA==',
        Metadata: { a: '1' },
      });
      const url = new URL(await getSignedUrl(server.client(), command, { expiresIn: 60 }));
      expect(url.searchParams.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
      const target = `${url.pathname}${url.search}`;
      const put = (body: string, headers: Record<string, string> = {}) =>
        server.send({
          method: 'PUT',
          target,
          headers: { host: url.host, 'content-length': String(body.length), ...headers },
          body,
        });
      expect(codeOf(await put('x'))).toBe('BadDigest');
      expect(codeOf(await put('', { 'x-amz-meta-a': '2' }))).toBe('AccessDenied');
      expect((await put('')).status).toBe(200);
      const { Metadata } = await server
        .client()
        .send(new HeadObjectCommand({ Bucket: bucket, Key: 'jobs/hoisted.txt' }));
      expect(Metadata).toEqual({ a: '1' });
    });
  });

  describe('in a header', () => {
    const raw = { method: 'GET', target: path };

    it('hold within fifteen minutes', async () => {
      const headers = await server.sign(raw);
      expect(await server.send({ ...raw, headers })).toMatchObject({ status: 200, body: 'text' });
      server.clockSkewMs = 16 * minuteMs;
      expect(codeOf(await server.send({ ...raw, headers }))).toBe('RequestTimeTooSkewed');
      server.clockSkewMs = -16 * minuteMs;
      expect(codeOf(await server.send({ ...raw, headers }))).toBe('RequestTimeTooSkewed');
    });

    it.each([
      ['another secret', { ...credentials, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
      ['another key', { ...credentials, accessKeyId: 'nobody' }, 'InvalidAccessKeyId'],
    ])('are refused when made with %s', async (_case, key, code) => {
      const reply = await server.send({ ...raw, headers: await server.sign(raw, key) });
      expect([reply.status, codeOf(reply)]).toEqual([403, code]);
    });

    it('are refused for another path, query or unsigned header', async () => {
      const headers = await server.sign(raw);
      expect(codeOf(await server.send({ ...raw, target: `/${bucket}/jobs/b.txt`, headers }))).toBe(
        'SignatureDoesNotMatch',
      );
      expect(codeOf(await server.send({ ...raw, target: `${path}?a=b`, headers }))).toBe('SignatureDoesNotMatch');
      expect(codeOf(await server.send({ ...raw, headers: { ...headers, 'x-amz-acl': 'private' } }))).toBe(
        'AccessDenied',
      );
      const { 'x-amz-content-sha256': _hash, ...unhashed } = headers;
      expect(codeOf(await server.send({ ...raw, headers: unhashed }))).toBe('SignatureDoesNotMatch');
    });

    it.each([
      'AWS test-key:c2lnbmF0dXJl',
      'Basic dXNlcjpwYXNz',
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=',
      `AWS4-HMAC-SHA256 Credential=test-key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      'AWS4-HMAC-SHA256 Credential=test-key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=nonsense',
    ])('are refused when written %j', async (authorization) => {
      const headers = await server.sign(raw);
      expect((await server.send({ ...raw, headers: { ...headers, authorization } })).status).toBeGreaterThanOrEqual(
        400,
      );
    });

    it('are those of another implementation, whatever headers and parameters there are', async () => {
      const target = `${path}?response-content-type=a%20b%2Bc%2F~*%27()&response-cache-control=&x=%C3%A4`;
      const odd = { range: 'bytes=0-1', 'x-amz-meta-odd': ' two   spaces, a tab\tand more ', 'x-amz-meta-a': '' };
      const request = { method: 'GET', target, headers: odd };
      expect(await server.send({ ...request, headers: await server.sign(request) })).toMatchObject({ status: 206 });
    });

    it('cover the body', async () => {
      const put = { method: 'PUT', target: `/${bucket}/jobs/body.txt`, headers: { 'content-length': '4' } };
      const headers = await server.sign({ ...put, body: 'good' });
      expect(codeOf(await server.send({ ...put, headers, body: 'evil' }))).toBe('XAmzContentSHA256Mismatch');
      expect(await store.find('jobs/body.txt', new AbortController().signal)).toBeUndefined();
      expect(await server.send({ ...put, headers, body: 'good' })).toMatchObject({ status: 200 });
    });
  });

  it('of version 2 are refused by name', async () => {
    const target = `${path}?AWSAccessKeyId=test-key&Signature=c2ln&Expires=9999999999`;
    expect(codeOf(await server.send({ method: 'GET', target }))).toBe('InvalidRequest');
  });

  it('are asked for everywhere', async () => {
    for (const target of ['/', `/${bucket}`, `/${bucket}?list-type=2`, path, `/${bucket}?uploads`, '/nowhere/x']) {
      for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
        const reply = await server.send({ method, target, headers: { 'content-length': '0' } });
        expect([reply.status, codeOf(reply)]).toEqual([403, 'AccessDenied']);
      }
    }
  });
});
