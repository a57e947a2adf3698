import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { getObject, putObject } from '../src/dialects/aime/object-transfer.js';

let server: Server;
let url: string;
let answer: RequestListener;
const { signal } = new AbortController();

beforeEach(async () => {
  answer = (_, response) => response.end();
  server = createServer((request, response) => {
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/object?signed=yes`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('puts bytes with the headers that were signed, and gets them', async () => {
  let stored: Buffer = Buffer.alloc(0);
  const seen: unknown[] = [];
  answer = (request, response) => {
    seen.push([request.method, request.url, request.headers['content-length'], request.headers['x-amz-signed']]);
    if (request.method === 'GET') {
      response.end(stored);
      return;
    }
    void buffer(request).then((bytes) => {
      stored = bytes;
      response.end();
    });
  };
  const whole = Buffer.from('all of it');
  await putObject({ url, headers: { 'x-amz-signed': 'so' } }, whole.subarray(4), signal);
  expect(await getObject(url, 100, signal)).toEqual(Buffer.from('of it'));
  expect(seen).toEqual([
    ['PUT', '/object?signed=yes', '5', 'so'],
    ['GET', '/object?signed=yes', undefined, undefined],
  ]);
});

it('asks once more where a connection that was kept is closed', async () => {
  await putObject({ url, headers: {} }, Buffer.from('first'), signal);
  let count = 0;
  answer = (request, response) => {
    count += 1;
    if (count === 1) request.socket.destroy();
    else response.end();
  };
  await putObject({ url, headers: {} }, Buffer.from('second'), signal);
  expect(count).toBe(2);
});

it('asks once more on a new connection, where all that were kept are closed', async () => {
  const waiting: ServerResponse[] = [];
  answer = (_, response) => {
    waiting.push(response);
    if (waiting.length === 2) for (const each of waiting) each.end();
  };
  await Promise.all([getObject(url, 100, signal), getObject(url, 100, signal)]);
  const kept = new Set(waiting.map(({ req }) => req.socket));
  expect(kept.size).toBe(2);
  answer = (request, response) => {
    if (kept.has(request.socket)) request.socket.destroy();
    else response.end('anew');
  };
  expect(await getObject(url, 100, signal)).toEqual(Buffer.from('anew'));
});

it('says that the store does not answer when it does not', async () => {
  answer = (request) => request.socket.destroy();
  await expect(getObject(url, 100, signal)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  answer = (_, response) => response.writeHead(302, { location: url }).end();
  await expect(getObject(url, 100, signal)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  answer = (_, response) => response.writeHead(403).end('no');
  await expect(putObject({ url, headers: {} }, Buffer.from('x'), signal)).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  answer = (request, response) => {
    response.writeHead(200, { 'content-length': '9' });
    response.write('half', () => request.socket.destroy());
  };
  await expect(getObject(url, 100, signal)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});

it('reads no more than it may, whatever length was said', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-length': '101' }).end('x'.repeat(101));
  await expect(getObject(url, 100, signal)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  answer = (_, response) => {
    response.write('x'.repeat(60)); // chunked
    response.end('x'.repeat(60));
  };
  await expect(getObject(url, 100, signal)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
});

it('ends with its caller, for the caller’s reason', async () => {
  const leaving = new AbortController();
  const arrived = new Promise<void>((resolve) => {
    answer = () => {
      resolve();
    };
  });
  const getting = getObject(url, 100, leaving.signal);
  const failed = expect(getting).rejects.toThrow('the client left');
  await arrived;
  leaving.abort(new Error('the client left'));
  await failed;
  await expect(getObject(url, 100, leaving.signal)).rejects.toThrow('the client left');
});
