import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { decodeImage, probeImage } from '../src/index.js';
import { aPhotograph } from './a-photograph.js';
import { pngOf } from './png-of.js';

const red = { r: 255, g: 0, b: 0 };

describe('decodeImage', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('decodes %s', async (format) => {
    const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: red } })
      .toFormat(format)
      .toBuffer();
    const image = await decodeImage(bytes);
    expect(image).toMatchObject({ width: 40, height: 30 });
    expect(image.data).toHaveLength(40 * 30 * image.channels);
    const [r, g, b] = image.data;
    expect(r).toBeGreaterThan(245);
    expect(g).toBeLessThan(10);
    expect(b).toBeLessThan(10);
  });

  it('reads a file as it reads bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'media-'));
    try {
      const bytes = await aPhotograph().jpeg().toBuffer();
      await writeFile(join(folder, 'photo'), bytes);
      expect(await decodeImage(join(folder, 'photo'))).toEqual(await decodeImage(bytes));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses half a JPEG and says what to send', async () => {
    const bytes = await aPhotograph().jpeg().toBuffer();
    await expect(decodeImage(bytes.subarray(0, bytes.length >> 1))).rejects.toMatchObject({
      code: 'MEDIA_INVALID',
      message: 'the JPEG image is truncated or damaged; send the whole file, or save it again as PNG or JPEG',
    });
  });

  it.each(['png', 'webp', 'gif', 'avif'] as const)('refuses half a %s', async (format) => {
    const bytes = await aPhotograph().toFormat(format).toBuffer();
    await expect(decodeImage(bytes.subarray(0, bytes.length >> 1))).rejects.toMatchObject({ code: 'MEDIA_INVALID' });
  });

  it('accepts stray bytes between JPEG segments, as some cameras write them', async () => {
    const bytes = await aPhotograph().jpeg().toBuffer();
    const afterFirstSegment = 4 + bytes.readUInt16BE(4);
    const strayed = Buffer.concat([
      bytes.subarray(0, afterFirstSegment),
      Buffer.alloc(3),
      bytes.subarray(afterFirstSegment),
    ]);
    expect(await decodeImage(strayed)).toEqual(await decodeImage(bytes));
  });

  it('refuses a bomb by its header: 60000x60000 in under half a megabyte', async () => {
    const rowBytes = 1 + 60_000 / 8;
    const bomb = pngOf({
      width: 60_000,
      height: 60_000,
      bitDepth: 1,
      colourType: 0,
      rows: Buffer.alloc(rowBytes * 60_000),
    });
    expect(bomb.length).toBeLessThan(500_000);
    await expect(decodeImage(bomb)).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
      message: 'the image has 60000x60000 pixels; at most 50000000 are allowed',
    });
  });

  it('refuses a thread: few pixels, all in one row', async () => {
    const thread = pngOf({ width: 40_000, height: 1, bitDepth: 1, colourType: 0, rows: Buffer.alloc(1 + 40_000 / 8) });
    await expect(decodeImage(thread)).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
      message: 'the image has 40000x1 pixels; at most 32768 are allowed on a side',
    });
  });

  it('lets the caller set the limit', async () => {
    const bytes = await aPhotograph().png().toBuffer();
    await expect(decodeImage(bytes, { maxPixels: 64 * 48 - 1 })).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    await expect(decodeImage(bytes, { maxPixels: 64 * 48 })).resolves.toMatchObject({ width: 64, height: 48 });
  });

  it.each([
    ['plain text', 'hello there', 'found plain text'],
    [
      'an SVG',
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      'found an SVG document',
    ],
    ['a web page', '<!doctype html><title>404</title>', 'found an HTML page'],
    ['a PDF', '%PDF-1.7', 'found a PDF document'],
    ['nothing', '', 'found an empty file'],
    ['a video', '\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'found an MP4 or QuickTime video'],
  ])('refuses %s by name', async (_name, text, found) => {
    await expect(decodeImage(Buffer.from(text, 'latin1'))).rejects.toMatchObject({
      code: 'MEDIA_INVALID',
      message: `${found}; send a JPEG, PNG, WebP, GIF or AVIF image`,
    });
  });

  it('keeps the TIFF loader closed', async () => {
    const bytes = await aPhotograph().tiff().toBuffer();
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: 'MEDIA_INVALID' });
    await expect(sharp(bytes).metadata()).rejects.toThrow('unsupported image format');
  });

  it('brings 16 bits a channel down to 8 without changing the tone', async () => {
    const rows = Buffer.alloc(1 + 6);
    [0x8080, 0x4040, 0xffff].forEach((value, channel) => rows.writeUInt16BE(value, 1 + 2 * channel));
    const image = await decodeImage(pngOf({ width: 1, height: 1, bitDepth: 16, colourType: 2, rows }));
    expect([...image.data]).toEqual([0x80, 0x40, 0xff]);
  });

  it('turns CMYK into RGB', async () => {
    const bytes = await sharp({ create: { width: 16, height: 16, channels: 3, background: red } })
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const image = await decodeImage(bytes);
    expect(image.channels).toBe(3);
    const [r = 0, g = 0, b = 0] = image.data;
    expect(r).toBeGreaterThan(200);
    expect(Math.max(g, b)).toBeLessThan(60);
  });

  it('gives grey images three channels', async () => {
    const bytes = await aPhotograph().greyscale().png().toBuffer();
    expect(await decodeImage(bytes)).toMatchObject({ channels: 3 });
  });

  it('keeps alpha, of grey images too', async () => {
    const rows = Buffer.from([0, 200, 0, 200, 255]);
    const image = await decodeImage(pngOf({ width: 2, height: 1, bitDepth: 8, colourType: 4, rows }));
    expect(image).toEqual({
      width: 2,
      height: 1,
      channels: 4,
      data: Buffer.from([200, 200, 200, 0, 200, 200, 200, 255]),
    });
  });

  it('applies the EXIF orientation', async () => {
    const upright = await aPhotograph().png().toBuffer();
    const lying = await sharp(upright).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await probeImage(lying)).toMatchObject({ width: 64, height: 48 });
    expect(await decodeImage(lying)).toEqual(await decodeImage(upright));
  });

  it('takes the first frame of an animation, and counts the limit for one frame', async () => {
    const frames = Buffer.concat([
      Buffer.alloc(20 * 10 * 3, 255),
      Buffer.alloc(20 * 10 * 3, 0),
      Buffer.alloc(20 * 10 * 3, 90),
    ]);
    const bytes = await sharp(frames, { raw: { width: 20, height: 30, channels: 3, pageHeight: 10 } })
      .gif()
      .toBuffer();
    expect(await probeImage(bytes)).toMatchObject({ format: 'gif', width: 20, height: 10, frameCount: 3 });
    const image = await decodeImage(bytes, { maxPixels: 200 });
    expect(image).toMatchObject({ width: 20, height: 10 });
    expect([...image.data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });
});

describe('probeImage', () => {
  it('tells size, alpha and format from the header', async () => {
    const bytes = await aPhotograph().ensureAlpha(0.5).webp().toBuffer();
    expect(await probeImage(bytes)).toEqual({
      format: 'webp',
      width: 64,
      height: 48,
      hasAlpha: true,
      frameCount: 1,
      sizeBytes: bytes.length,
    });
  });
});
