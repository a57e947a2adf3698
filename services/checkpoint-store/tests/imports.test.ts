import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { getCheckpoint, importCheckpoints, listCheckpoints, type CheckpointView } from '@infermesh/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ann, mebibyte, sha256, startStoreBench, type StoreBench } from './store-bench.js';

let bench: StoreBench;
beforeAll(async () => {
  bench = await startStoreBench({ maxBytes: 10 * mebibyte });
}, 90_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let answers: Map<string, Answer>;
let url: string;
let requests: string[];
let closeServer: () => Promise<void>;

beforeEach(async () => {
  await bench.database.query('delete from checkpoint');
  answers = new Map();
  requests = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    server.emit(`${request.method ?? ''} ${request.url ?? ''}`);
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closeServer = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});
afterEach(() => closeServer());

const file =
  (bytes: Buffer, headers: Record<string, string> = {}): Answer =>
  (response, { method }) => {
    response
      .writeHead(200, { 'content-length': bytes.byteLength, ...headers })
      .end(method === 'HEAD' ? undefined : bytes);
  };
const redirect =
  (location: string): Answer =>
  (response) => {
    response.writeHead(307, { location }).end();
  };

async function importOf(urls: string[], folder?: string): Promise<string[]> {
  const wish = { access: ann, type: 'Lora', allowed: ['painters'], params: { message: 'm' }, urls };
  return (await bench.call(importCheckpoints, { ...wish, ...(folder === undefined ? {} : { folder }) })).ids;
}

const settled = (id: string): Promise<CheckpointView> =>
  bench.until(
    id,
    ({ status, files }) => status === 'failed' || (status === 'active' && files.every((one) => one.sha256 !== null)),
  );

describe('an import', () => {
  it('streams a file into the store, under the name at the end of its redirects', async () => {
    const bytes = randomBytes(9 * mebibyte);
    answers.set('/api/download/7', redirect('/files/ink%20style.safetensors?sig=1'));
    answers.set('/files/ink%20style.safetensors?sig=1', file(bytes));
    const [id = ''] = await importOf([`${url}/api/download/7`]);
    const checkpoint = await settled(id);
    expect(checkpoint).toMatchObject({
      names: ['ink style.safetensors'],
      status: 'active',
      imported: true,
      progress: null,
      params: { message: 'm' },
      files: [{ sizeBytes: 9 * mebibyte, sha256: sha256(bytes) }],
    });
  });

  it('takes the name that the server announces where the address has none', async () => {
    answers.set('/dl', file(Buffer.from('x'), { 'content-disposition': 'attachment; filename="named.pt"' }));
    const [id = ''] = await importOf([`${url}/dl`]);
    expect(await settled(id)).toMatchObject({ names: ['named.pt'], status: 'active' });
  });

  it('claims its name at once, and tells how far it is', async () => {
    let open: ServerResponse | undefined;
    answers.set('/slow.pt', (response, { method }) => {
      response.writeHead(200, { 'content-length': 6 });
      if (method === 'HEAD') response.end();
      else {
        response.write('abc');
        open = response;
      }
    });
    const [id = ''] = await importOf([`${url}/slow.pt`]);
    await expect(importOf([`${url}/slow.pt`])).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('slow.pt already exists'),
    });
    expect(await bench.until(id, ({ progress }) => progress !== null)).toMatchObject({
      status: 'initial',
      progress: { receivedBytes: 3, totalBytes: 6 },
    });
    open?.end('def');
    expect(await settled(id)).toMatchObject({
      status: 'active',
      progress: null,
      files: [{ sha256: sha256(Buffer.from('abcdef')) }],
    });
  });

  it('is taken up again by the next store when one stops in between', async () => {
    const hold: Answer = (response, { method }) => {
      response.writeHead(200, { 'content-length': 6 });
      if (method === 'HEAD') response.end();
      else response.write('abc');
    };
    answers.set('/held.pt', hold);
    const [id = ''] = await importOf([`${url}/held.pt`]);
    await bench.until(id, ({ progress }) => progress !== null);
    answers.set('/held.pt', file(Buffer.from('abcdef')));
    await bench.restart();
    expect(await settled(id)).toMatchObject({ status: 'active', files: [{ sha256: sha256(Buffer.from('abcdef')) }] });
  });

  it('from a server that drips does not keep uploads from becoming usable', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `/drip-${index}.pt`);
    for (const name of names)
      answers.set(name, (response, { method }) => {
        response.writeHead(200, { 'content-length': 6 });
        if (method === 'HEAD') response.end();
        else response.write('a');
      });
    const dripping = await importOf(names.map((name) => `${url}${name}`));
    await bench.until(dripping[0] ?? '', ({ progress }) => progress !== null);
    const bytes = randomBytes(1000);
    const { id } = await bench.upload({ files: { 'mine.pt': [bytes] } });
    expect(await settled(id)).toMatchObject({ status: 'active', files: [{ sha256: sha256(bytes) }] });
  });

  describe('that was broken off', () => {
    const bytes = randomBytes(9 * mebibyte);
    const firstPart = 8 * mebibyte;
    let ranges: (string | undefined)[];

    async function untilPartStored(): Promise<void> {
      const signal = AbortSignal.timeout(60_000);
      const { multipart } = bench.objectStore;
      for (;;) {
        const [upload] = await multipart.list('checkpoints/', signal);
        const parts = upload === undefined ? [] : await multipart.listParts(upload.key, upload.uploadId, signal);
        if (parts.length > 0) return;
        await delay(20);
      }
    }

    /** Breaks its first connection after the first part and a little more. */
    function unsteady(etag: () => string, rest: Answer): Answer {
      ranges = [];
      return (response, request) => {
        const headers = { etag: etag(), 'content-length': bytes.byteLength };
        if (request.method === 'HEAD') response.writeHead(200, headers).end();
        else {
          ranges.push(request.headers.range);
          if (ranges.length > 1) rest(response, request);
          else {
            response.writeHead(200, headers);
            response.write(bytes.subarray(0, firstPart + 1000));
            void untilPartStored().then(() => response.destroy());
          }
        }
      };
    }

    it('goes on where it was', async () => {
      const rest: Answer = (response, { headers }) => {
        expect(headers['if-range']).toBe('"v1"');
        const head = {
          etag: '"v1"',
          'content-range': `bytes ${firstPart}-${bytes.byteLength - 1}/${bytes.byteLength}`,
        };
        response.writeHead(206, head).end(bytes.subarray(firstPart));
      };
      answers.set(
        '/unsteady.pt',
        unsteady(() => '"v1"', rest),
      );
      const [id = ''] = await importOf([`${url}/unsteady.pt`]);
      expect(await settled(id)).toMatchObject({
        status: 'active',
        files: [{ sizeBytes: bytes.byteLength, sha256: sha256(bytes) }],
      });
      expect(ranges).toEqual([undefined, `bytes=${firstPart}-`]);
      const key = `checkpoints/${id}/`;
      expect(await bench.objectStore.multipart.list(key, AbortSignal.timeout(60_000))).toEqual([]);
    });

    it.each<[string, Answer]>([
      ['the server knows no ranges', file(bytes, { etag: '"v1"' })],
      ['the file has changed', file(bytes, { etag: '"v2"' })],
    ])('begins anew when %s', async (_why, whole) => {
      answers.set(
        '/unsteady.pt',
        unsteady(() => '"v1"', whole),
      );
      const [id = ''] = await importOf([`${url}/unsteady.pt`]);
      expect(await settled(id)).toMatchObject({ status: 'active', files: [{ sha256: sha256(bytes) }] });
      expect(ranges).toEqual([undefined, `bytes=${firstPart}-`]);
    });

    it('does not put parts of two files together, whatever the server says of ranges', async () => {
      const changed = randomBytes(9 * mebibyte);
      const rest: Answer = (response, request) => {
        if (request.headers.range === undefined) {
          file(changed, { etag: '"v2"' })(response, request);
          return;
        }
        const range = { 'content-range': `bytes ${firstPart}-${changed.byteLength - 1}/${changed.byteLength}` };
        response.writeHead(206, { etag: '"v2"', ...range }).end(changed.subarray(firstPart));
      };
      answers.set(
        '/unsteady.pt',
        unsteady(() => '"v1"', rest),
      );
      const [id = ''] = await importOf([`${url}/unsteady.pt`]);
      expect(await settled(id)).toMatchObject({ status: 'active', files: [{ sha256: sha256(changed) }] });
      expect(ranges).toEqual([undefined, `bytes=${firstPart}-`, undefined]);
    });
  });

  it('of a folder is one archive', async () => {
    answers.set('/model.txt', file(Buffer.from('x')));
    const [wrong = ''] = await importOf([`${url}/model.txt`], 'no-folder');
    expect(await settled(wrong)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('is no .tar or .zip'),
    });
    await expect(importOf([`${url}/a.tar`, `${url}/b.tar`], 'two')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('what cannot be imported', () => {
  it.each<[string, string, Answer, RegExp]>([
    ['a server that says no', '/no.pt', (response) => void response.writeHead(403).end(), /answered 403/u],
    ['a file that is too large', '/large.pt', file(Buffer.alloc(11 * mebibyte)), /10485760|larger|over/u],
    ['an ending that is none', '/notes.txt', file(Buffer.from('x')), /is no \.safetensors/u],
  ])('fails with its reason: %s', async (_name, path, answer, reason) => {
    answers.set(path, answer);
    const [id = ''] = await importOf([`${url}${path}`]);
    expect(await settled(id)).toMatchObject({ status: 'failed', error: expect.stringMatching(reason) });
    await importOf([`${url}${path}`]); // its name is free again
  });

  it('is tried three times when the connection breaks', async () => {
    answers.set('/cut.pt', (response, { method }) => {
      response.writeHead(200, { 'content-length': 6 });
      if (method === 'HEAD') response.end();
      else response.write('abc', () => response.destroy());
    });
    const [id = ''] = await importOf([`${url}/cut.pt`]);
    expect(await settled(id)).toMatchObject({ status: 'failed' });
    expect(requests.filter((request) => request === 'GET /cut.pt')).toHaveLength(3);
  });

  it('is refused at once where an address is not public, also behind a redirect', async () => {
    answers.set('/away.pt', redirect('http://169.254.169.254/latest.pt'));
    for (const target of [`${url}/away.pt`, 'http://127.0.0.2/x.pt', 'https://10.0.0.1/x.pt']) {
      await expect(importOf([target])).rejects.toMatchObject({ code: 'OUTBOUND_REFUSED' });
    }
    const { total } = await bench.call(listCheckpoints, { access: ann, offset: 0, limit: 10 });
    expect(total).toBe(0);
  });

  it('is refused as well when the redirect comes later', async () => {
    answers.set('/later.pt', (response, request) => {
      (request.method === 'HEAD' ? file(Buffer.from('x')) : redirect('http://10.0.0.1/x.pt'))(response, request);
    });
    const [id = ''] = await importOf([`${url}/later.pt`]);
    expect(await settled(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('10.0.0.1') });
  });

  it('enters nothing when one of several names is taken', async () => {
    answers.set('/a/same.pt', file(Buffer.from('x')));
    answers.set('/b/same.pt', file(Buffer.from('y')));
    await expect(importOf([`${url}/a/same.pt`, `${url}/b/same.pt`])).rejects.toMatchObject({ code: 'CONFLICT' });
    const [id = ''] = await importOf([`${url}/a/same.pt`]);
    expect((await bench.call(getCheckpoint, { access: ann, id })).checkpoint.names).toEqual(['same.pt']);
  });
});
