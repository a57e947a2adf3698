import { describe, expect, it } from '@jest/globals';
import { findStowaway } from './images/find-stowaway.js';
import { sniffMedia } from './sniff-media.js';

const of = (text: string): ReturnType<typeof sniffMedia> => sniffMedia(Buffer.from(text, 'latin1'));

describe('sniffMedia', () => {
  it.each([
    ['RIFF\x24\0\0\0WAVEfmt ', 'wav'],
    ['RF64\xff\xff\xff\xffWAVEds64', 'wav'],
    ['RIFF\x24\0\0\0AVI LIST', 'avi'],
    ['ID3\x04\0\0\0\0\0\0', 'mp3'],
    ['\xff\xfb\x90\x64', 'mp3'],
    ['\xff\xf1\x50\x80', 'aac'],
    ['OggS\0\x02', 'ogg'],
    ['fLaC\0\0\0\x22', 'flac'],
    ['\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm', 'webm'],
    ['\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska', 'matroska'],
    ['\0\0\0\x20ftypisom', 'mp4'],
    ['\0\0\0\x20ftypM4A ', 'mp4'],
    ['\0\0\0\x08wide\0\0\0\0mdat', 'mp4'],
  ])('knows %j for %s', (text, format) => {
    expect(of(text)).toMatchObject({ kind: 'container', format });
  });

  it.each([
    ['II*\0\x08\0\0\0', 'tiff'],
    ['MM\0*\0\0\0\x08', 'tiff'],
    [`BM${'\0'.repeat(12)}\x28${'\0'.repeat(40)}`, 'bmp'],
    ['\xff\xd8\xff\xe0', 'jpeg'],
    ['\0\0\0\x20ftypavif', 'avif'],
  ])('knows %j for %s', (text, format) => {
    expect(of(text)).toMatchObject({ kind: 'picture', format });
  });

  it.each([
    ['', 'an empty file'],
    ['\xef\xbb\xbf#EXTM3U\n', 'an HLS or M3U playlist'],
    ['  \n#EXTM3U8\n', 'an HLS or M3U playlist'],
    ['[playlist]\nFile1=x', 'a PLS playlist'],
    ['\0\0\0\x20ftypheic', 'a HEIC image'],
    ['MZ\x90\0', 'data of an unknown kind'],
  ])('refuses %j as %s', (text, description) => {
    expect(of(text)).toEqual({ kind: 'refused', description });
  });
});

describe('findStowaway', () => {
  const image = Buffer.alloc(5000, 0x55);

  it('finds marks at either end, and the end of a zip archive before its comment', () => {
    const comment = Buffer.alloc(22);
    comment.write('PK\x05\x06');
    comment.writeUInt16LE(4, 20);
    expect(findStowaway(image)).toBeUndefined();
    expect(findStowaway(Buffer.concat([image, comment, Buffer.from('abcd')]))).toBe('a zip archive');
    expect(findStowaway(Buffer.concat([image, comment, Buffer.from('abcde')]))).toBeUndefined();
    expect(findStowaway(Buffer.concat([Buffer.from('GIF89a/*%PDF-1.4'), image]))).toBe('a PDF document');
    expect(findStowaway(Buffer.concat([image, Buffer.from('<SCRIPT src=x>')]))).toBe('a script');
  });

  it('leaves marks in the middle to chance, and metadata in XML alone', () => {
    expect(findStowaway(Buffer.concat([image, Buffer.from('<html>'), image]))).toBeUndefined();
    expect(
      findStowaway(Buffer.concat([Buffer.from('<?xpacket begin=""?><x:xmpmeta xmlns:x="a">'), image])),
    ).toBeUndefined();
  });
});
