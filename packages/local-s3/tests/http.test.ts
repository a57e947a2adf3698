import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeSha256 } from './node-sha256.js';
import { TestServer, bucket, codeOf, credentials } from './test-server.js';
import { until } from './until.js';

const mebibyte = 1024 * 1024;
const unsigned = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };

interface PutSetup {
  readonly agent?: Agent;
  /** With a signature that is not the right one. */
  readonly isForged?: boolean;
}

describe('the server under rough use', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ maxObjectBytes: 20 * mebibyte });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function openSocket(): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async function status(target: string): Promise<number> {
    return (await server.sendSigned({ method: 'HEAD', target })).status;
  }

  /** A PUT whose body is not sent yet. */
  async function openPut(
    key: string,
    sizeBytes: number,
    more: Record<string, string> = {},
    options: PutSetup = {},
  ): Promise<ClientRequest> {
    const target = `/${bucket}/${key}`;
    const raw = { method: 'PUT', target, headers: { ...unsigned, 'content-length': String(sizeBytes), ...more } };
    const { hostname, port } = new URL(server.url);
    const headers = await server.sign(raw);
    if (options.isForged === true)
      headers['authorization'] = (headers['authorization'] ?? '').replace(/.{8}$/u, '00000000');
    const { agent } = options;
    const sent = request({
      hostname,
      port,
      method: 'PUT',
      path: target,
      headers,
      ...(agent === undefined ? {} : { agent }),
    });
    sent.on('error', () => undefined);
    return sent;
  }

  async function answerTo(sent: ClientRequest): Promise<{ status: number; body: string }> {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  describe('uploads that do not end well', () => {
    it('leave nothing when the client goes away', async () => {
      const sent = await openPut('gone', 4 * mebibyte);
      sent.write(randomBytes(2 * mebibyte));
      await until(async () => (await server.dataSizes()).some((sizeBytes) => sizeBytes > 0));
      sent.destroy();
      await until(async () => (await server.dataSizes()).length === 0);
      expect(await status(`/${bucket}/gone`)).toBe(404);
    });

    it('are refused over the limit, before they are sent', async () => {
      const sent = await openPut('large', 21 * mebibyte);
      sent.flushHeaders();
      const answer = await answerTo(sent);
      sent.destroy();
      expect([answer.status, codeOf({ ...answer, headers: {} })]).toEqual([400, 'EntityTooLarge']);
    });

    it('are refused without a length', async () => {
      const target = `/${bucket}/unknown`;
      const headers = await server.sign({ method: 'PUT', target, headers: unsigned });
      const reply = await server.send({
        method: 'PUT',
        target,
        headers: { ...headers, 'transfer-encoding': 'chunked' },
        body: 'x',
      });
      expect([reply.status, codeOf(reply)]).toEqual([411, 'MissingContentLength']);
    });

    it('show their refusal to a client that is still sending, and keep its connection', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const sent = await openPut('refused', 3 * mebibyte, {}, { agent, isForged: true });
      sent.end(randomBytes(3 * mebibyte));
      const answer = await answerTo(sent);
      expect(codeOf({ ...answer, headers: {} })).toBe('SignatureDoesNotMatch');
      const next = await openPut('accepted', 4, {}, { agent });
      next.end('body');
      expect((await answerTo(next)).status).toBe(200);
      expect(next.reusedSocket).toBe(true);
      agent.destroy();
    });
  });

  it('lets go of an object whose reader went away', async () => {
    const target = `/${bucket}/read-in-part`;
    await server.sendSigned({ method: 'PUT', target, body: randomBytes(12 * mebibyte) });
    const before = await server.dataSizes();
    const { hostname, port } = new URL(server.url);
    const headers = await server.sign({ method: 'GET', target });
    const reading = request({ hostname, port, path: target, headers }).end();
    const [response] = (await once(reading, 'response')) as [IncomingMessage];
    expect((await server.sendSigned({ method: 'DELETE', target })).status).toBe(204);
    expect(await server.dataSizes()).toHaveLength(before.length);
    response.destroy();
    await until(async () => (await server.dataSizes()).length === before.length - 1);
  });

  describe('Expect: 100-continue', () => {
    it('is answered once the request is proven', async () => {
      const sent = await openPut('continued', 4, { expect: '100-continue' });
      sent.flushHeaders();
      await once(sent, 'continue');
      sent.end('body');
      expect((await answerTo(sent)).status).toBe(200);
    });

    it('spares a refused client the body', async () => {
      const sent = await openPut('spared', 4 * mebibyte, { expect: '100-continue' }, { isForged: true });
      sent.on('continue', () => {
        throw new Error('the body was asked for');
      });
      sent.flushHeaders();
      expect((await answerTo(sent)).status).toBe(403);
      sent.destroy();
    });
  });

  describe('pages in a browser', () => {
    it('may ask before they send', async () => {
      const headers = {
        origin: 'https://page.example',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type,x-amz-meta-a',
      };
      const reply = await server.send({ method: 'OPTIONS', target: `/${bucket}/a?X-Amz-Signature=x`, headers });
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'content-type,x-amz-meta-a',
        'access-control-allow-methods': expect.stringContaining('PUT') as unknown,
      });
    });

    it('can read the ETag, and refusals', async () => {
      const origin = 'https://page.example';
      const put = await server.sendSigned({ method: 'PUT', target: `/${bucket}/page`, headers: { origin }, body: 'x' });
      expect(put.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': expect.stringContaining('ETag') as unknown,
      });
      const refused = await server.send({ method: 'GET', target: `/${bucket}/page`, headers: { origin } });
      expect(refused.headers['access-control-allow-origin']).toBe('*');
    });
  });

  describe('signed chunks', () => {
    const chunks = [randomBytes(65_536), randomBytes(1000), Buffer.alloc(0)];

    /** The body that SDKs of other languages send, signed chunk by chunk. */
    async function sendChunks(
      key: string,
      tamper: (body: Buffer) => Buffer,
      trailer?: string,
    ): Promise<{ status: number; body: string }> {
      const target = `/${bucket}/${key}`;
      const kind =
        trailer === undefined ? 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' : 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
      const named = trailer === undefined ? {} : { 'x-amz-trailer': 'x-amz-checksum-crc32' };
      const size = String(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
      const headers = await server.sign({
        method: 'PUT',
        target,
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-content-sha256': kind,
          'x-amz-decoded-content-length': size,
          ...named,
        },
      });
      const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 's3', sha256: NodeSha256 });
      const date = headers['x-amz-date'] ?? '';
      const signingDate = new Date(date.replace(/^(....)(..)(..T..)(..)(..Z)$/u, '$1-$2-$3:$4:$5'));
      let previous = /Signature=(\w+)/u.exec(headers['authorization'] ?? '')?.[1] ?? '';
      const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
      const sign = async (type: string, ...hashes: string[]): Promise<string> => {
        const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
        previous = await signer.sign([`AWS4-HMAC-SHA256-${type}`, date, scope, previous, ...hashes].join('\n'), {
          signingDate,
        });
        return previous;
      };
      const pieces: Buffer[] = [];
      for (const chunk of chunks) {
        const signature = await sign('PAYLOAD', sha256(''), sha256(chunk));
        pieces.push(Buffer.from(`${chunk.byteLength.toString(16)};chunk-signature=${signature}\r\n`), chunk);
        if (chunk.byteLength > 0) pieces.push(Buffer.from('\r\n'));
      }
      if (trailer !== undefined) {
        pieces.push(
          Buffer.from(`${trailer}\r\nx-amz-trailer-signature:${await sign('TRAILER', sha256(`${trailer}\n`))}\r\n`),
        );
      }
      const body = tamper(Buffer.concat([...pieces, Buffer.from('\r\n')]));
      return server.send({
        method: 'PUT',
        target,
        headers: { ...headers, 'content-length': String(body.byteLength) },
        body,
      });
    }

    const same = (body: Buffer): Buffer => body;

    it('are taken apart and kept', async () => {
      expect(await sendChunks('chunks', same)).toMatchObject({ status: 200 });
      const reply = await server.sendSigned({ method: 'HEAD', target: `/${bucket}/chunks` });
      expect(reply.headers['content-length']).toBe('66536');
      expect(reply.headers['content-encoding']).toBeUndefined();
    });

    it('may end in a signed trailer', async () => {
      const wrong = await sendChunks('trailer', same, 'x-amz-checksum-crc32:AAAAAA==');
      expect(codeOf({ ...wrong, headers: {} })).toBe('BadDigest');
      const forged = await sendChunks(
        'trailer',
        (body) => Buffer.from(body.toString('latin1').replace(':AAAAAA==', ':AAAAAB=='), 'latin1'),
        'x-amz-checksum-crc32:AAAAAA==',
      );
      expect(codeOf({ ...forged, headers: {} })).toBe('SignatureDoesNotMatch');
      expect(await status(`/${bucket}/trailer`)).toBe(404);
    });

    it.each([
      [
        'a changed byte',
        (body: Buffer) => {
          body[200] = (body[200] ?? 0) ^ 1;
          return body;
        },
      ],
      ['a chunk taken out', (body: Buffer) => body.subarray(body.indexOf('\r\n3e8;') + 2)],
      ['the end cut off', (body: Buffer) => body.subarray(0, -200)],
    ])('are refused with %s', async (_case, tamper) => {
      expect((await sendChunks('tampered', tamper)).status).toBeGreaterThanOrEqual(400);
      expect(await status(`/${bucket}/tampered`)).toBe(404);
    });
  });

  describe('nonsense', () => {
    it('random bytes do not bring it down', async () => {
      for (let round = 0; round < 50; round += 1) {
        const socket = await openSocket();
        socket.resume();
        const closed = once(socket, 'close');
        socket.end(randomBytes(1 + round * 97));
        await closed;
      }
      expect(await status(`/${bucket}`)).toBe(200);
    });

    it.each([
      ['no host', 'GET / HTTP/1.1\r\n\r\n'],
      ['bytes that are no UTF-8', 'GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['half an encoded sign', 'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['an encoding that is none', 'GET /a?%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['a path upwards', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['an empty bucket', 'GET //x HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['an absolute target', 'GET http://elsewhere/x HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['CONNECT', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['an unknown method', 'BREW /a HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['two lengths', 'PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['a negative length', 'PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
      ['an unknown expectation', 'PUT /a HTTP/1.1\r\nHost: x\r\nExpect: something\r\n\r\n'],
      ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
      ['too many parameters', `GET /?${'a&'.repeat(200)} HTTP/1.1\r\nHost: x\r\n\r\n`],
      ['too many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(500)}\r\n`],
      ['a long target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
      ['a deep path', `GET /${'a/'.repeat(2000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
      ['a date twice', 'GET / HTTP/1.1\r\nHost: x\r\nx-amz-date: 1\r\nx-amz-date: 2\r\n\r\n'],
      ['__proto__ as a header', 'GET / HTTP/1.1\r\nHost: x\r\n__proto__: 1\r\n\r\n'],
      ['__proto__ as a parameter', 'GET /?__proto__=1&constructor=2 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ])('%s is answered or hung up on', async (_case, bytes) => {
      const socket = await openSocket();
      socket.write(bytes);
      socket.end();
      const answer = await text(socket).catch(() => '');
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:4\d\d|501|200)/u);
      expect(answer).not.toMatch(/InternalError|root:/u);
      expect(await status(`/${bucket}`)).toBe(200);
    });

    it.each([
      ['DeleteObjects', `/${bucket}?delete=`],
      ['CompleteMultipartUpload', `/${bucket}/a?uploadId=x`],
    ])('in the XML of %s is refused', async (_operation, target) => {
      for (const body of [
        '',
        '<',
        '<Delete>',
        '<!DOCTYPE a [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        '<Other/>',
        randomBytes(500),
      ]) {
        expect(codeOf(await server.sendSigned({ method: 'POST', target, body }))).toBe('MalformedXML');
      }
    });

    it('in keys stays inside the bucket', async () => {
      for (const key of [
        '%2E%2E/%2E%2E/lock',
        '%00',
        'a%5C..%5Cb',
        '..%2F..%2Fx',
        '.',
        encodeURIComponent('x'.repeat(1024)),
      ]) {
        const target = `/${bucket}/${key}`;
        const { hostname, port } = new URL(server.url);
        const headers = { 'content-length': '1', host: `${hostname}:${port}`, ...unsigned };
        const signer = new SignatureV4({
          credentials,
          region: 'us-east-1',
          service: 's3',
          sha256: NodeSha256,
          uriEscapePath: false,
        });
        const path = `/${bucket}/${decodeURIComponent(key).split('/').map(encodeURIComponent).join('/')}`;
        const signed = await signer.sign({ method: 'PUT', protocol: 'http:', hostname, path, headers, query: {} });
        expect(await server.send({ method: 'PUT', target, headers: signed.headers, body: 'x' })).toMatchObject({
          status: 200,
        });
      }
      const sizes = await server.dataSizes();
      expect(sizes.filter((sizeBytes) => sizeBytes === 1).length).toBeGreaterThanOrEqual(6);
    });
  });

  it('stops while clients hold connections open', async () => {
    const own = await TestServer.start();
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.resume();
    await own[Symbol.asyncDispose]();
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});

it('takes no upload that would leave too little space', async () => {
  const target = `/${bucket}/kept`;
  await using full = await TestServer.start({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  const refused = await full.sendSigned({ method: 'PUT', target, body: 'more' });
  expect([refused.status, codeOf(refused)]).toEqual([507, 'InsufficientStorage']);
  expect(await full.dataSizes()).toEqual([]);
  expect((await full.sendSigned({ method: 'GET', target: `/${bucket}?list-type=2` })).status).toBe(200);
});

it('lets no browser take an object for a page', async () => {
  await using server = await TestServer.start();
  const target = `/${bucket}/page`;
  await server.sendSigned({ method: 'PUT', target, body: '<script>', headers: { 'content-type': 'text/html' } });
  const { headers } = await server.sendSigned({ method: 'GET', target });
  expect(headers['x-content-type-options']).toBe('nosniff');
});
