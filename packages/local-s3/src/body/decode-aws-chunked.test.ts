import { describe, expect, it } from '@jest/globals';
import { decodeAwsChunked } from './decode-aws-chunked.js';

async function* pieces(text: string, pieceBytes: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.byteLength; start += pieceBytes)
    yield await Promise.resolve(bytes.subarray(start, start + pieceBytes));
}

async function decode(text: string, pieceBytes = 7): Promise<{ body: string; trailers: [string, string][] }> {
  let trailers: [string, string][] = [];
  const chunks: Buffer[] = [];
  const decoded = decodeAwsChunked(pieces(text, pieceBytes), {
    verifier: undefined,
    onTrailers: (found) => {
      trailers = [...found];
    },
  });
  for await (const chunk of decoded) chunks.push(chunk);
  return { body: Buffer.concat(chunks).toString(), trailers };
}

describe('decodeAwsChunked', () => {
  const text = '5\r\nhello\r\nD\r\n, big\r\nworld!\r\n0\r\nX-Amz-Checksum-Crc32: abc=\r\n\r\n';

  it.each([1, 2, 7, 1000])('puts the body together from pieces of %d bytes', async (pieceBytes) => {
    expect(await decode(text, pieceBytes)).toEqual({
      body: 'hello, big\r\nworld!',
      trailers: [['x-amz-checksum-crc32', 'abc=']],
    });
  });

  it('takes an empty body without trailers', async () => {
    expect(await decode('0\r\n\r\n')).toEqual({ body: '', trailers: [] });
  });

  it.each([
    ['no chunk', ''],
    ['a size that is none', 'xyz\r\n'],
    ['a negative size', '-1\r\nx\r\n'],
    ['a huge size', 'fffffffffffff\r\n'],
    ['too few bytes', '5\r\nhel'],
    ['too many bytes', '2\r\nhello\r\n0\r\n\r\n'],
    ['no last chunk', '5\r\nhello\r\n'],
    ['an endless line', '1'.repeat(5000)],
    ['a trailer without a colon', '0\r\nnonsense\r\n\r\n'],
    ['too many trailers', `0\r\n${Array.from({ length: 20 }, (_, index) => `a${String(index)}:1\r\n`).join('')}\r\n`],
  ])('refuses %s', async (_case, bad) => {
    await expect(decode(bad)).rejects.toMatchObject({ name: 'S3Error' });
  });
});
