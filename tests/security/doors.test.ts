import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedMesh, type EmbeddedMesh } from '../harness/embedded-mesh.js';

let bench: EmbeddedMesh;

beforeAll(async () => {
  bench = await startEmbeddedMesh();
}, 60_000);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function uploadUrl(): Promise<URL> {
  const { body } = await bench.client.create();
  return new URL(body.data?.inference?.api_params_s3_upload_url ?? '');
}

const statusOf = async (url: URL | string, method: string, body?: string): Promise<number> => {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
  await answer.arrayBuffer();
  return answer.status;
};

describe('an upload URL', () => {
  it('opens one object to one method', async () => {
    const url = await uploadUrl();
    expect(await statusOf(url, 'PUT', '{}')).toBe(200);
    for (const method of ['GET', 'DELETE', 'POST', 'HEAD'])
      expect([method, await statusOf(url, method)]).toEqual([method, 403]);
  });

  it.each<[string, (url: URL, other: URL) => void]>([
    [
      'moved to the object of another job',
      (url, other) => {
        url.pathname = other.pathname;
      },
    ],
    [
      'moved above its folder',
      (url) => {
        url.pathname = url.pathname.replace(/[^/]+$/u, '%2e%2e%2fresult');
      },
    ],
    [
      'that lives longer',
      (url) => {
        url.searchParams.set('X-Amz-Expires', '604800');
      },
    ],
    [
      'of another day',
      (url) => {
        url.searchParams.set('X-Amz-Date', '20300101T000000Z');
      },
    ],
    [
      'with the signature of another',
      (url, other) => {
        url.searchParams.set('X-Amz-Signature', other.searchParams.get('X-Amz-Signature') ?? '');
      },
    ],
    [
      'without a signature',
      (url) => {
        url.searchParams.delete('X-Amz-Signature');
      },
    ],
    [
      'without anything',
      (url) => {
        url.search = '';
      },
    ],
    [
      'turned into a copy of another object',
      (url, other) => {
        url.searchParams.set('x-amz-copy-source', other.pathname);
      },
    ],
    [
      'turned into a list of the bucket',
      (url) => {
        url.pathname = '/infermesh/';
      },
    ],
  ])('%s is refused', async (_name, alter) => {
    const [url, other] = [await uploadUrl(), await uploadUrl()];
    alter(url, other);
    expect([400, 403]).toContain(await statusOf(url, 'PUT', '{}'));
    expect([400, 403]).toContain(await statusOf(url, 'GET'));
  });
});

describe('the gateway', () => {
  const key = (): Record<string, string> => ({ 'x-api-key': bench.adminKey });

  async function post(url: string, body: string, headers: Record<string, string> = key()): Promise<[number, string]> {
    const answer = await fetch(url, { method: 'POST', body, headers });
    return [answer.status, await answer.text()];
  }

  it.each<[string, () => string]>([
    ['a body over the limit of its dialect', () => `{"a":"${'x'.repeat(11 * 1024 * 1024)}"}`],
    ['a hundred thousand levels', () => '['.repeat(100_000)],
    ['a prototype', () => '{"task_type":"rembg","__proto__":{"inference_type":"Async"}}'],
    ['a constructor', () => '{"constructor":{"prototype":{"task_type":"rembg"}}}'],
    ['a million keys', () => `{${Array.from({ length: 100_000 }, (_, index) => `"k${String(index)}":1`).join()}}`],
    ['one key a hundred thousand times', () => `{${'"task_type":1,'.repeat(100_000)}"task_type":2}`],
    ['a number of a million digits', () => `{"task_type":${'9'.repeat(1_000_000)}}`],
  ])('refuses %s and goes on', async (_name, body) => {
    expect([400, 413]).toContain((await post(`${bench.url}/inferences`, body()))[0]);
    expect((await fetch(`${bench.url}/ping`, { headers: key() })).status).toBe(200);
    expect(({} as Record<string, unknown>)['task_type']).toBeUndefined();
  });

  it('has a smaller limit where less is needed', async () => {
    expect((await post(`${bench.authUrl}/keys`, `{"name":"${'x'.repeat(70_000)}"}`))[0]).toBe(413);
  });

  it.each([
    ['a header bomb', `x-bomb: ${'x'.repeat(20_000)}\r\n`, '431'],
    ['ten thousand headers', 'x-h: y\r\n'.repeat(10_000), '431'],
    ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n', '400'],
    ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n', '400'],
    ['a header split by a bare newline', 'x-a: b\nx-c: d\r\n', '400'],
  ])('refuses %s', async (_name, headers, status) => {
    const { hostname, port } = new URL(bench.url);
    const socket = connect(Number(port), hostname);
    const received: string[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(`GET /prod/ping HTTP/1.1\r\nhost: x\r\nx-api-key: ${bench.adminKey}\r\n${headers}\r\n`);
    await once(socket, 'close');
    expect(received.join('')).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
  });

  it('slows down who guesses a password, and says for how long; others may go on', async () => {
    const guess = async (name: string): Promise<Response> =>
      fetch(`${bench.authUrl}/login`, { method: 'POST', body: JSON.stringify({ name, password: 'a guess' }) });
    const answers = [];
    for (let attempt = 0; attempt < 7; attempt += 1) answers.push(await guess('admin'));
    expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([401, 429]));
    const last = answers.find(({ status }) => status === 429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess('somebody else')).status).toBe(401);
  });
});
