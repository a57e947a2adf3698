import { describe, expect, it } from '@jest/globals';
import { decodeBase64Image } from './base64-image.js';

describe('decodeBase64Image', () => {
  it.each(['AQID', 'data:image/png;base64,AQID', 'AQ\nID\n', ' AQID'])('reads %j', (text) => {
    expect([...decodeBase64Image(text, 'image')]).toEqual([1, 2, 3]);
  });

  it.each([
    ['AQ==', [1]],
    ['AQ', [1]],
    ['AQI=', [1, 2]],
    ['-_-_', [251, 255, 191]],
  ])('reads %s, padded or not, in either alphabet', (text, bytes) => {
    expect([...decodeBase64Image(text, 'image')]).toEqual(bytes);
  });

  it.each(['', 'data:image/png;base64,', 'AQ!D', '{}', 'A=QD', '===='])('refuses %j', (text) => {
    expect(() => decodeBase64Image(text, 'imageList.3.data')).toThrow('payload field imageList.3.data: is not Base64');
  });

  it('refuses a long run of spaces', () => {
    expect(() => decodeBase64Image(`${' '.repeat(2e7)}!`, 'image')).toThrow('is not Base64');
  });
});
