import { describe, expect, it } from '@jest/globals';
import { parseByteRange } from './byte-range.js';

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=2-5', 2, 6],
    ['bytes=2-', 2, 10],
    ['bytes=-3', 7, 10],
    ['bytes=-99', 0, 10],
    ['bytes=5-99', 5, 10],
  ])('reads %s of ten bytes', (header, startByte, endByte) => {
    expect(parseByteRange(header, 10)).toEqual({ startByte, endByte });
  });

  it.each([undefined, 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=1-2-3'])(
    'ignores %s',
    (header) => {
      expect(parseByteRange(header, 10)).toBeUndefined();
    },
  );

  it.each([
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=99999999999999999999-', 10],
  ])('refuses %s of %d bytes', (header, sizeBytes) => {
    const headers = { 'content-range': `bytes */${String(sizeBytes)}` };
    expect(() => parseByteRange(header, sizeBytes)).toThrow(expect.objectContaining({ code: 'InvalidRange', headers }));
  });
});
