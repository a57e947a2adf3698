import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createObjectStore,
  type ObjectStore,
  type ObjectStoreOptions,
  type PresignedPut,
  type UploadedPart,
} from '../src/index.js';

/** A server to test against, with a bucket name that nobody else uses. The bucket need not exist. */
export interface StorageUnderTest extends AsyncDisposable {
  readonly options: ObjectStoreOptions;
}

const mebibyte = 1024 * 1024;
const { signal } = new AbortController();

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes as a stream of pieces that fit no buffer size. */
function inPieces(bytes: Buffer, pieceBytes = 50_001): Readable {
  return Readable.from(
    (function* () {
      for (let start = 0; start < bytes.byteLength; start += pieceBytes)
        yield bytes.subarray(start, start + pieceBytes);
    })(),
    { objectMode: false },
  );
}

async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { signal })) keys.push(key);
  return keys;
}

async function read(store: ObjectStore, key: string): Promise<Buffer> {
  const { body } = await store.get(key, { signal });
  return buffer(body);
}

/** Sends exactly these headers, unlike fetch, which adds a content type. @returns the status */
async function putPlainly(
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'PUT', headers: { 'content-length': String(body.byteLength), ...headers } });
    sent.once('response', (response) => {
      response.resume();
      response.once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function uploadPart(url: PresignedPut, body: Uint8Array): Promise<string> {
  const response = await fetch(url.url, { method: 'PUT', body });
  return response.headers.get('etag') ?? '';
}

/** What every S3 server must do for us. Run it against each server that the mesh is to work with. */
export function exerciseObjectStore(name: string, create: () => Promise<StorageUnderTest>): void {
  describe(`object store on ${name}`, () => {
    let server: StorageUnderTest;
    let store: ObjectStore;

    beforeAll(async () => {
      server = await create();
      store = createObjectStore(server.options);
      await Promise.all([store.ensureBucket(signal), store.ensureBucket(signal)]);
    });

    afterAll(async () => {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    it('makes its bucket once, whoever asks', async () => {
      await expect(store.ensureBucket(signal)).resolves.toBeUndefined();
    });

    describe('whole objects', () => {
      it.each([0, 1, 70_000, 3 * mebibyte])('keeps %d bytes and what they are', async (sizeBytes) => {
        const bytes = randomBytes(sizeBytes);
        const put = await store.put('whole/a.bin', bytes, { contentType: 'image/png', sha256: sha256(bytes), signal });
        expect(put.sizeBytes).toBe(sizeBytes);
        const { body, ...content } = await store.get('whole/a.bin', { signal });
        expect(content).toEqual({ sizeBytes, contentType: 'image/png', etag: put.etag });
        expect((await buffer(body)).equals(bytes)).toBe(true);
        expect(await store.head('whole/a.bin', signal)).toMatchObject({
          sizeBytes,
          contentType: 'image/png',
          etag: put.etag,
        });
      });

      it('replaces what is there', async () => {
        await store.put('whole/replaced', Buffer.from('a longer first text'), { signal });
        await store.put('whole/replaced', Buffer.from('second'), { signal });
        expect((await read(store, 'whole/replaced')).toString()).toBe('second');
      });

      it('keeps an object whose key needs encoding', async () => {
        const key = "odd/a b+c&d=e'(1)*!~ü€𝄞#?.txt";
        await store.put(key, Buffer.from('odd'), { signal });
        expect((await read(store, key)).toString()).toBe('odd');
        expect(await keysUnder(store, 'odd/')).toEqual([key]);
      });

      it('stores nothing when the digest differs', async () => {
        const wrong = sha256(Buffer.from('something else'));
        const refused = store.put('whole/corrupt', Buffer.from('text'), { sha256: wrong, signal });
        await expect(refused).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
        expect(await store.find('whole/corrupt', signal)).toBeUndefined();
      });

      it('names bucket and key of what is missing, and no signature', async () => {
        const missing = store.get('whole/missing', { signal });
        await expect(missing).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
        await expect(missing).rejects.toThrow(`${store.bucket}/whole/missing`);
        await expect(store.head('whole/missing', signal)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
        const error: unknown = await missing.catch((reason: unknown) => reason);
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toMatch(
          /signature/iu,
        );
      });

      it('ends a call whose signal is aborted with the reason of the signal', async () => {
        const reason = new Error('the caller left');
        await expect(store.head('whole/a.bin', AbortSignal.abort(reason))).rejects.toBe(reason);
      });

      it('copies within the bucket', async () => {
        await store.put('copy/from ü', Buffer.from('copied'), { contentType: 'text/plain', signal });
        await store.copy('copy/from ü', 'copy/to', signal);
        await store.delete(['copy/from ü'], signal);
        expect(await store.head('copy/to', signal)).toMatchObject({ sizeBytes: 6, contentType: 'text/plain' });
        expect((await read(store, 'copy/to')).toString()).toBe('copied');
        await expect(store.copy('copy/gone', 'copy/to', signal)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      });

      it('copies what is too large for one request in parts', async () => {
        await using inParts = createObjectStore({ ...server.options, copyPartBytes: 5 * mebibyte });
        const bytes = randomBytes(11 * mebibyte);
        await store.put('copy/large', bytes, { contentType: 'model/onnx', signal });
        await inParts.copy('copy/large', 'copy/large-too', signal);
        expect(await store.head('copy/large-too', signal)).toMatchObject({
          sizeBytes: bytes.byteLength,
          contentType: 'model/onnx',
          etag: expect.stringMatching(/-3"$/u),
        });
        expect(sha256(await read(store, 'copy/large-too'))).toBe(sha256(bytes));
        await store.deletePrefix('copy/', signal);
      });
    });

    describe('ranges', () => {
      it.each([
        [{ startByte: 0, endByte: 0 }, '0'],
        [{ startByte: 3, endByte: 5 }, '345'],
        [{ startByte: 8 }, '89'],
        [{ startByte: 8, endByte: 100 }, '89'],
      ])('reads %j', async (range, expected) => {
        await store.put('range', Buffer.from('0123456789'), { signal });
        const { body, sizeBytes } = await store.get('range', { signal, range });
        expect((await buffer(body)).toString()).toBe(expected);
        expect(sizeBytes).toBe(expected.length);
      });

      it('refuses a range outside the object', async () => {
        await store.put('range', Buffer.from('0123456789'), { signal });
        await expect(store.get('range', { signal, range: { startByte: 10 } })).rejects.toMatchObject({
          code: 'BAD_REQUEST',
        });
      });
    });

    describe('streams', () => {
      const bytes = randomBytes(2 * mebibyte + 17);

      it('stores a stream of known length in one request', async () => {
        const options = { sizeBytes: bytes.byteLength, sha256: sha256(bytes), signal };
        const { etag } = await store.put('stream/known', inPieces(bytes), options);
        expect(etag).not.toContain('-');
        expect((await read(store, 'stream/known')).equals(bytes)).toBe(true);
      });

      it('stores a short stream of unknown length in one request', async () => {
        const { sizeBytes, etag } = await store.put('stream/short', inPieces(bytes), { sha256: sha256(bytes), signal });
        expect(sizeBytes).toBe(bytes.byteLength);
        expect(etag).not.toContain('-');
        expect((await read(store, 'stream/short')).equals(bytes)).toBe(true);
      });

      it('stores a long stream of unknown length in parts', async () => {
        const long = randomBytes(17 * mebibyte);
        const { sizeBytes, etag } = await store.put('stream/long', inPieces(long), { sha256: sha256(long), signal });
        expect(sizeBytes).toBe(long.byteLength);
        expect(etag).toMatch(/-3"$/u);
        expect((await read(store, 'stream/long')).equals(long)).toBe(true);
        const { body } = await store.get('stream/long', {
          signal,
          range: { startByte: 8 * mebibyte - 2, endByte: 8 * mebibyte + 1 },
        });
        expect((await buffer(body)).equals(long.subarray(8 * mebibyte - 2, 8 * mebibyte + 2))).toBe(true);
      });

      it.each([
        ['fewer bytes than announced', inPieces(bytes), { sizeBytes: bytes.byteLength + 1 }, 'BAD_REQUEST'],
        ['more bytes than announced', inPieces(bytes), { sizeBytes: bytes.byteLength - 1 }, 'BAD_REQUEST'],
        [
          'another digest',
          inPieces(bytes),
          { sizeBytes: bytes.byteLength, sha256: sha256(Buffer.alloc(1)) },
          'OBJECT_CORRUPT',
        ],
        [
          'another digest, in parts',
          inPieces(randomBytes(9 * mebibyte)),
          { sha256: sha256(Buffer.alloc(1)) },
          'OBJECT_CORRUPT',
        ],
      ])('stores nothing of a stream with %s', async (_case, stream, options, code) => {
        await expect(store.put('stream/refused', stream, { ...options, signal })).rejects.toMatchObject({ code });
        expect(await store.find('stream/refused', signal)).toBeUndefined();
      });

      it.each([
        ['of known length', { sizeBytes: 3 * mebibyte }, mebibyte],
        ['of unknown length', {}, 9 * mebibyte],
      ])('passes on the failure of a source %s and stores nothing', async (_case, options, failsAfterBytes) => {
        const failure = new Error('the source broke');
        const source = Readable.from(
          (function* () {
            for (let sent = 0; sent < failsAfterBytes; sent += mebibyte) yield Buffer.alloc(mebibyte);
            throw failure;
          })(),
        );
        await expect(store.put('stream/broken', source, { ...options, signal })).rejects.toBe(failure);
        expect(await store.find('stream/broken', signal)).toBeUndefined();
        expect(source.destroyed).toBe(true);
      });

      it('stops a download with the reason of its signal', async () => {
        await store.put('stream/large', randomBytes(8 * mebibyte), { signal });
        const stop = new AbortController();
        const { body } = await store.get('stream/large', { signal: stop.signal });
        const reason = new Error('the reader left');
        const reading = (async () => {
          for await (const _chunk of body) stop.abort(reason);
        })();
        await expect(reading).rejects.toBe(reason);
      });
    });

    describe('lists', () => {
      const keys = Array.from({ length: 1105 }, (_, index) => `list/${String(index).padStart(5, '0')}`);

      beforeAll(async () => {
        for (let start = 0; start < keys.length; start += 32) {
          const batch = keys.slice(start, start + 32);
          await Promise.all(batch.map((key) => store.put(key, Buffer.from(key), { signal })));
        }
        await store.put('list-beside', Buffer.from('x'), { signal });
      }, 120_000);

      it('lists more than a page in order, and only the prefix', async () => {
        expect(await keysUnder(store, 'list/')).toEqual(keys);
        expect(await keysUnder(store, 'list/0000')).toEqual(keys.slice(0, 10));
        expect(await keysUnder(store, 'nothing/')).toEqual([]);
      });

      it('tells size and time', async () => {
        for await (const entry of store.list('list-beside', { signal })) {
          expect(entry).toMatchObject({ key: 'list-beside', sizeBytes: 1 });
          expect(Math.abs(entry.lastModified.getTime() - Date.now())).toBeLessThan(600_000);
        }
        expect.assertions(2);
      });

      it('deletes keys, a prefix, and what is gone already', async () => {
        await store.delete([keys[0] ?? '', 'list/never-was'], signal);
        expect((await keysUnder(store, 'list/'))[0]).toBe(keys[1]);
        await store.deletePrefix('list/', signal);
        expect(await keysUnder(store, 'list')).toEqual(['list-beside']);
      });

      it('refuses to delete the whole bucket', async () => {
        await expect(store.deletePrefix('', signal)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
        expect(await keysUnder(store, 'list-beside')).toHaveLength(1);
      });
    });

    describe('presigned URLs', () => {
      it('let a client read one object, under another name and type', async () => {
        await store.put('signed/read', Buffer.from('for you'), { signal });
        const url = await store.presignGet('signed/read', {
          expiresInSeconds: 60,
          downloadName: 'ü 1.txt',
          contentType: 'text/x-own',
        });
        const response = await fetch(url);
        expect(await response.text()).toBe('for you');
        expect(response.headers.get('content-type')).toBe('text/x-own');
        expect(response.headers.get('content-disposition')).toBe(
          `attachment; filename="_ 1.txt"; filename*=UTF-8''%C3%BC%201.txt`,
        );
      });

      it('let a client write with a bare PUT', async () => {
        const { url, headers } = await store.presignPut('signed/bare', { expiresInSeconds: 60 });
        expect(headers).toEqual({});
        expect(await putPlainly(url, Buffer.from('{"raw":1}'))).toBe(200);
        expect((await read(store, 'signed/bare')).toString()).toBe('{"raw":1}');
        expect(
          await putPlainly(url, Buffer.from('typed'), { 'content-type': 'application/x-www-form-urlencoded' }),
        ).toBe(200);
      });

      it('may carry a limit, which cannot be changed', async () => {
        const { url, headers } = await store.presignPut('signed/limited', { expiresInSeconds: 60, maxBytes: 12 });
        expect(headers).toEqual({});
        expect(await putPlainly(url, Buffer.from('twelve bytes'))).toBe(200);
        expect((await read(store, 'signed/limited')).toString()).toBe('twelve bytes');
        expect(await putPlainly(url.replace('max-bytes=12', 'max-bytes=99'), Buffer.from('more than that'))).toBe(403);
        expect(await putPlainly(url.replace('max-bytes=12', ''), Buffer.from('more than that'))).toBe(403);
      });

      it('hold a client to length, digest and type where they are signed', async () => {
        const bytes = Buffer.from('twelve bytes');
        const options = { expiresInSeconds: 60, sizeBytes: 12, sha256: sha256(bytes), contentType: 'text/plain' };
        const { url, headers } = await store.presignPut('signed/held', options);
        const other = { ...headers, 'content-type': 'text/html' };
        const { 'x-amz-checksum-sha256': _checksum, ...unchecked } = headers;
        expect(await putPlainly(url, Buffer.from('twelve-bytes'), headers)).toBe(400);
        expect(await putPlainly(url, Buffer.from('more than that'), { ...headers, 'content-length': '14' })).toBe(403);
        expect(await putPlainly(url, bytes, other)).toBe(403);
        expect(await putPlainly(url, bytes, unchecked)).toBe(403);
        expect(await store.find('signed/held', signal)).toBeUndefined();
        expect(await putPlainly(url, bytes, headers)).toBe(200);
        expect(await store.head('signed/held', signal)).toMatchObject({ sizeBytes: 12, contentType: 'text/plain' });
      });

      it('open nothing else', async () => {
        await store.put('signed/mine', Buffer.from('mine'), { signal });
        await store.put('signed/yours', Buffer.from('yours'), { signal });
        const url = await store.presignGet('signed/mine', { expiresInSeconds: 60 });
        const bare = new URL(url);
        bare.search = '';
        for (const moved of [
          url.replace('signed/mine', 'signed/yours'),
          url.replace('Expires=60', 'Expires=61'),
          bare.href,
        ]) {
          expect((await fetch(moved)).status).toBe(403);
        }
        expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
        expect((await fetch(url, { method: 'PUT', body: 'overwritten' })).status).toBe(403);
        const added = await fetch(url, { headers: { 'x-amz-copy-source': 'unsigned' } });
        expect([400, 403]).toContain(added.status);
        expect(await (await fetch(url)).text()).toBe('mine');
      });
    });

    describe('multipart uploads', () => {
      const parts = [randomBytes(5 * mebibyte), randomBytes(5 * mebibyte), randomBytes(11)];

      it('take parts from here', async () => {
        const key = 'multipart/own';
        const uploadId = await store.multipart.create(key, { signal });
        const sent: UploadedPart[] = [];
        for (const part of parts) sent.push(await store.multipart.put(key, uploadId, sent.length + 1, part, signal));
        await store.multipart.complete(key, uploadId, sent, signal);
        expect((await read(store, key)).equals(Buffer.concat(parts))).toBe(true);
      });

      it('take parts from presigned URLs, in any order', async () => {
        const key = 'multipart/done';
        const uploadId = await store.multipart.create(key, { contentType: 'model/onnx', signal });
        expect(await store.multipart.list(key, signal)).toEqual([{ key, uploadId }]);
        const sent = await Promise.all(
          parts.map(async (part, index) => {
            const sizeBytes = part.byteLength;
            const url = await store.multipart.presignPart(key, uploadId, index + 1, {
              expiresInSeconds: 60,
              sizeBytes,
            });
            return { partNumber: index + 1, etag: await uploadPart(url, part) };
          }),
        );
        const listed = await store.multipart.listParts(key, uploadId, signal);
        expect(listed).toEqual(sent.map((part, index) => ({ ...part, sizeBytes: parts[index]?.byteLength })));
        expect(await store.find(key, signal)).toBeUndefined();
        expect(await store.multipart.complete(key, uploadId, sent, signal)).toMatchObject({
          sizeBytes: 10 * mebibyte + 11,
        });
        expect((await read(store, key)).equals(Buffer.concat(parts))).toBe(true);
        expect(await store.head(key, signal)).toMatchObject({ contentType: 'model/onnx' });
      });

      it('refuse a small part before the last, and parts that were never sent', async () => {
        const key = 'multipart/small';
        const uploadId = await store.multipart.create(key, { signal });
        const sent: UploadedPart[] = [];
        for (const partNumber of [1, 2]) {
          const url = await store.multipart.presignPart(key, uploadId, partNumber, { expiresInSeconds: 60 });
          sent.push({ partNumber, etag: await uploadPart(url, Buffer.alloc(100)) });
        }
        const unsent = [{ partNumber: 3, etag: '"d41d8cd98f00b204e9800998ecf8427e"' }];
        const complete = (claimed: readonly UploadedPart[]) => store.multipart.complete(key, uploadId, claimed, signal);
        await expect(complete(sent)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
        await expect(complete(unsent)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
        await expect(complete(sent.toReversed())).rejects.toMatchObject({ code: 'BAD_REQUEST' });
        expect(await store.find(key, signal)).toBeUndefined();
        await store.multipart.abort(key, uploadId, signal);
      });

      it('are gone once aborted', async () => {
        const key = 'multipart/aborted';
        const uploadId = await store.multipart.create(key, { signal });
        await store.multipart.abort(key, uploadId, signal);
        await store.multipart.abort(key, uploadId, signal);
        await expect(store.multipart.listParts(key, uploadId, signal)).rejects.toMatchObject({
          code: 'OBJECT_NOT_FOUND',
        });
        expect(await store.multipart.list(key, signal)).toEqual([]);
        const late = await store.multipart.presignPart(key, uploadId, 1, { expiresInSeconds: 60 });
        expect((await fetch(late.url, { method: 'PUT', body: 'late' })).status).toBe(404);
      });
    });
  });
}
