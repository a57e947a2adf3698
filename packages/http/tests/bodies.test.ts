import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { jsonAnswer, type Route } from '../src/index.js';
import { aPromise } from './a-promise.js';
import { RawClient } from './raw-client.js';
import { aDialect, echo, startToy, toyKey, type ToyCaller } from './toy-dialect.js';

async function post(
  url: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  return { status: response.status, body: await response.json() };
}

const small = { limits: { bodyBytes: 100, requestTimeoutMs: 5_000 } };

describe('bodies', () => {
  it('parses JSON whatever the content type says, in any charset of ASCII and with a mark', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    expect(await post(`${toy.url}/echo`, '{"a":"\u00e9"}', { 'content-type': 'text/plain' })).toEqual({
      status: 200,
      body: { a: '\u00e9' },
    });
    expect(await post(`${toy.url}/echo`, '\uFEFF[1]')).toEqual({ status: 200, body: [1] });
  });

  it('says where JSON breaks', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    expect(await post(`${toy.url}/echo`, '{\n  "a": tru\n}')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('line 2, column 8') as unknown },
    });
    expect(await post(`${toy.url}/echo`, '')).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it.each([
    ['a key __proto__', '{"a":[{"\\u005f_proto__":{"admin":true}}]}'],
    ['a million brackets', '['.repeat(1_000_000)],
    ['200,000 closed brackets', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['an escaped NUL in a text', '{"a":["b\\u0000c"]}'],
    ['an escaped NUL in a key', '{"b\\u0000c":1}'],
    ['half of a surrogate pair', '{"a":"\\uD83D!"}'],
    ['the other half', '{"a":"\\ude00"}'],
  ])('refuses %s', async (_, body) => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    expect(await post(`${toy.url}/echo`, body)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    expect(await post(`${toy.url}/echo`, '1')).toEqual({ status: 200, body: 1 });
  });

  it('takes whole surrogate pairs, and a backslash before u0000', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    expect(await post(`${toy.url}/echo`, '{"a":"\\ud83d\\ude00 \\\\u0000"}')).toEqual({
      status: 200,
      body: { a: '\u{1F600} \\u0000' },
    });
  });

  it.each([
    ['objects', '{}'],
    ['arrays', '[]'],
    ['keys', '{"a":1}'],
  ])('refuses very many %s: they cost more than their bytes', async (_, unit) => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    const body = (count: number): string => `[${Array.from({ length: count }, () => unit).join(',')}]`;
    expect(await post(`${toy.url}/echo`, body(20_001))).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE' },
    });
    expect(await post(`${toy.url}/echo`, body(9_000))).toMatchObject({ status: 200 });
  });

  it('refuses compressed bodies', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]]);
    const body = gzipSync(Buffer.alloc(1_000_000));
    expect(await post(`${toy.url}/echo`, body, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST' },
    });
  });

  it.each([
    ['announced', () => 'x'.repeat(101)],
    ['chunked', () => Readable.toWeb(Readable.from([Buffer.alloc(60), Buffer.alloc(60)])) as ReadableStream],
    ['far over the limit', () => 'x'.repeat(20_000_000)],
  ])('refuses a body that is too large: %s', async (_, body) => {
    await using toy = await startToy([[aDialect('toy', [echo], small)]]);
    expect(await post(`${toy.url}/echo`, body())).toMatchObject({
      status: 413,
      body: { speaker: 'toy', code: 'BODY_TOO_LARGE' },
    });
    expect(await post(`${toy.url}/echo`, `"${'x'.repeat(98)}"`)).toMatchObject({ status: 200 });
  });

  it('does not invite a body that it will refuse', async () => {
    await using toy = await startToy([
      [aDialect('toy', [{ ...echo, access: 'key', permission: 'any key' } as Route<ToyCaller>], small)],
    ]);
    using stranger = await RawClient.connect(toy.url);
    stranger.send('POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 90\r\n\r\n');
    await stranger.until('HTTP/1.1 401');
    using friend = await RawClient.connect(toy.url);
    friend.send(
      `POST /echo HTTP/1.1\r\nHost: x\r\nX-Key: ${toyKey}\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n`,
    );
    await friend.until('HTTP/1.1 100 Continue');
    friend.send('7');
    await friend.until('HTTP/1.1 200');
    expect(stranger.received).not.toContain('100 Continue');
  });

  it('bounds the bytes of all bodies together, and takes more once they are answered', async () => {
    const entered = aPromise<undefined>();
    const mayEnd = aPromise<undefined>();
    const hold: Route<ToyCaller> = {
      ...echo,
      path: '/hold',
      operationId: 'hold',
      access: 'public',
      async handler() {
        entered.resolve(undefined);
        await mayEnd.promise;
        return jsonAnswer(200, 'held');
      },
    };
    await using toy = await startToy([[aDialect('toy', [hold, echo])]], { limits: { bodyBudgetBytes: 1_000 } });
    const held = post(`${toy.url}/hold`, `"${'x'.repeat(900)}"`);
    await entered.promise;
    expect(await post(`${toy.url}/echo`, `"${'x'.repeat(200)}"`)).toMatchObject({
      status: 503,
      body: { code: 'SERVICE_UNAVAILABLE' },
    });
    mayEnd.resolve(undefined);
    expect(await held).toMatchObject({ status: 200 });
    expect(await post(`${toy.url}/echo`, `"${'x'.repeat(200)}"`)).toMatchObject({ status: 200 });
  });

  it('parses large JSON on a thread, in turn, and says the same of its faults', async () => {
    const count: Route<ToyCaller> = {
      ...echo,
      access: 'public',
      handler: ({ body }) => Promise.resolve(jsonAnswer(200, (body as { text: string }).text.length)),
    };
    await using toy = await startToy([[aDialect('toy', [count])]], { limits: { inlineJsonBytes: 10 } });
    const large = (length: number): string => JSON.stringify({ text: 'x'.repeat(length) });
    const answers = await Promise.all([900_000, 5, 70_000].map((length) => post(`${toy.url}/echo`, large(length))));
    expect(answers.map(({ body }) => body)).toEqual([900_000, 5, 70_000]);
    expect(await post(`${toy.url}/echo`, '{"text": "abcdefg",}')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('line 1, column 20') as unknown },
    });
    expect(await post(`${toy.url}/echo`, large(6))).toMatchObject({ status: 200, body: 6 });
  });

  it('refuses a form with a NUL in a text', async () => {
    await using toy = await startToy([[aDialect('toy', [echo], { parseBody: (body) => body.form() })]]);
    const form = new FormData();
    form.set('model', 'a\0b');
    expect(await post(`${toy.url}/echo`, form)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it('reads forms', async () => {
    const files: Route<ToyCaller> = {
      ...echo,
      access: 'public',
      handler: async ({ body }) => {
        const form = body as FormData;
        const file = form.get('file');
        if (!(file instanceof File)) throw new Error('no file arrived');
        return jsonAnswer(200, {
          model: form.get('model'),
          name: file.name,
          bytes: (await file.arrayBuffer()).byteLength,
        });
      },
    };
    await using toy = await startToy([[aDialect('toy', [files], { parseBody: (body) => body.form() })]]);
    const form = new FormData();
    form.set('model', 'whisper');
    form.set('file', new Blob([randomBytes(5_000)]), 'a.wav');
    expect(await post(`${toy.url}/echo`, form)).toEqual({
      status: 200,
      body: { model: 'whisper', name: 'a.wav', bytes: 5_000 },
    });
    expect(
      await post(`${toy.url}/echo`, 'garbage', { 'content-type': 'multipart/form-data; boundary=x' }),
    ).toMatchObject({ status: 400 });
  });

  it('hands a body over as it arrives, up to its limit', async () => {
    const measure: Route<ToyCaller> = {
      ...echo,
      access: 'public',
      body: 'stream',
      bodyBytes: 3_000_000,
      async handler({ body }) {
        let sizeBytes = 0;
        for await (const chunk of body as Readable) sizeBytes += (chunk as Buffer).length;
        return jsonAnswer(200, sizeBytes);
      },
    };
    await using toy = await startToy([[aDialect('toy', [measure])]]);
    expect(await post(`${toy.url}/echo`, Buffer.alloc(2_500_000))).toEqual({ status: 200, body: 2_500_000 });
    const chunks = Readable.toWeb(Readable.from([Buffer.alloc(2_000_000), Buffer.alloc(2_000_000)])) as ReadableStream;
    expect(await post(`${toy.url}/echo`, chunks)).toMatchObject({ status: 413 });
  });

  it('gives up on a client that never finishes its body', async () => {
    const limits = { headersTimeoutMs: 200, receiveTimeoutMs: 400 };
    await using toy = await startToy([[aDialect('toy', [echo])]], { limits });
    using client = await RawClient.connect(toy.url);
    client.send('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"ab');
    await client.closed();
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /u);
  });

  it('gives up on a client that drips its head', async () => {
    await using toy = await startToy([[aDialect('toy', [echo])]], {
      limits: { headersTimeoutMs: 200, receiveTimeoutMs: 400 },
    });
    using client = await RawClient.connect(toy.url);
    const dripping = new AbortController();
    const drip = async (): Promise<void> => {
      client.send('GET / HTTP/1.1\r\n');
      while (!dripping.signal.aborted) {
        client.send('x-a: b\r\n');
        await delay(20);
      }
    };
    const dripped = drip();
    await client.closed();
    dripping.abort();
    await dripped;
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /u);
  });
});
