import { writeFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { eventually } from '../../../tests/harness/processes.js';
import { aPicture, aTone, aVideo, ffmpeg } from './made-by-ffmpeg.js';
import { openMediaBench, type MediaBench } from './media-bench.js';
import { pngOf } from './png-of.js';

jest.setTimeout(120_000);

let bench: MediaBench;
const limits = { maxDurationMs: 60_000, maxBytes: 30_000_000, maxPixels: 10_000_000 };

beforeAll(async () => {
  bench = await openMediaBench({ limits });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

// Whatever a test sent: nothing runs and nothing lies about when its call has ended.
afterEach(async () => {
  expect(await bench.ffmpegs()).toEqual([]);
  expect(await bench.leftFiles()).toEqual([]);
});

async function refusalOf(work: Promise<unknown>): Promise<MeshError> {
  const error: unknown = await work.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof MeshError) return error;
  throw error;
}

const secretPath = join(tmpdir(), `media-secret-${process.pid}`);

/** Hears of every request that reaches it. */
async function withListener(work: (url: string) => Promise<void>): Promise<number> {
  let requests = 0;
  const server = createServer((_request, answer) => {
    requests += 1;
    answer.end('#EXTM3U\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/segment.ts`);
  } finally {
    server.close();
  }
  return requests;
}

const texts = (url: string): readonly (readonly [string, string, string])[] => [
  ['an HLS playlist', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n`, 'an HLS or M3U playlist'],
  ['an HLS playlist of files', `#EXTM3U\n#EXTINF:1,\nfile://${secretPath}\n`, 'an HLS or M3U playlist'],
  ['a concat list', `ffconcat version 1.0\nfile ${secretPath}\n`, 'an ffmpeg concat list'],
  ['a concat protocol', `concat:${secretPath}|${url}`, 'plain text'],
  ['a DASH manifest', `<?xml version="1.0"?>\n<MPD><BaseURL>${url}</BaseURL></MPD>`, 'a DASH manifest'],
  ['a session description', `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\n`, 'a session description'],
  [
    'an SVG with an external entity',
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://${secretPath}">]><svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/>&x;</svg>`,
    'an SVG document',
  ],
];

describe('texts that lead elsewhere', () => {
  it.each(texts('http://127.0.0.1/').map(([name], index) => [name, index] as const))(
    '%s is refused by name, and nothing is read or called',
    async (_name, index) => {
      await writeFile(secretPath, await aTone('wav', { seconds: 1 }));
      const requests = await withListener(async (url) => {
        const [, text, found] = texts(url)[index] ?? ['', '', ''];
        for (const work of [
          () => bench.tools.probe(Buffer.from(text)),
          () => bench.tools.convertAudio(Buffer.from(text), { kind: 'audio', formats: ['wav'] }),
          () => bench.tools.convertImage(Buffer.from(text), { kind: 'image', formats: ['png'] }),
          () => bench.tools.convertVideo(Buffer.from(text), { kind: 'video', formats: ['mp4'] }),
        ]) {
          const { code, message } = await refusalOf(work());
          expect([code, message]).toEqual(['MEDIA_INVALID', expect.stringContaining(found)]);
        }
      });
      expect(requests).toBe(0);
      await rm(secretPath);
    },
  );

  it('are not followed behind the first bytes of another format either', async () => {
    const requests = await withListener(async (url) => {
      const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n`;
      for (const start of [
        'ID3\x03\0\0\0\0\0\0',
        'OggS',
        'fLaC',
        'RIFF\0\0\0\0WAVE',
        'RIFF\0\0\0\0AVI ',
        '\x1aE\xdf\xa3',
        '\0\0\0\x08ftyp',
      ]) {
        const { code } = await refusalOf(bench.tools.probe(Buffer.from(start + playlist, 'latin1')));
        expect([start, code]).toEqual([start, 'MEDIA_INVALID']);
      }
    });
    expect(requests).toBe(0);
  });
});

describe('what is not what it is sent as', () => {
  it('a video as sound', async () => {
    for (const format of ['mp4', 'webm'] as const) {
      const video = await aVideo(format);
      const { code, message } = await refusalOf(bench.tools.convertAudio(video, { kind: 'audio', formats: ['wav'] }));
      expect([code, message]).toEqual(['MEDIA_INVALID', 'found a video; send a recording of sound alone']);
    }
  });

  it('sound as a video, a picture as sound, sound as a picture', async () => {
    const [tone, picture] = await Promise.all([aTone('wav'), aPicture('jpeg')]);
    for (const work of [
      () => bench.tools.convertVideo(tone, { kind: 'video' }),
      () => bench.tools.convertAudio(picture, { kind: 'audio' }),
      () => bench.tools.convertImage(tone, { kind: 'image' }),
    ])
      expect((await refusalOf(work())).code).toBe('MEDIA_INVALID');
  });

  it('a silent video whose sound is wanted', async () => {
    const work = bench.tools.convertAudio(await aVideo('mp4', { silent: true }), { kind: 'audio', acceptVideo: true });
    expect(await refusalOf(work)).toMatchObject({ code: 'MEDIA_INVALID', message: 'found a video without sound' });
  });

  it.each([
    [
      'a JPEG that ends as a zip archive',
      'jpeg',
      Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]),
      'a zip archive',
    ],
    ['a PNG with a PHP script behind it', 'png', Buffer.from('<?php system($_GET[0]); ?>'), 'a PHP script'],
    ['a GIF with a web page behind it', 'gif', Buffer.from('<html><script>alert(1)</script>'), 'a script'],
    ['a BMP with a PDF behind it', 'bmp', Buffer.from('%PDF-1.7\n'), 'a PDF document'],
  ] as const)('%s', async (_name, format, tail, found) => {
    const polyglot = Buffer.concat([await aPicture(format), tail]);
    const { code, message } = await refusalOf(bench.tools.convertImage(polyglot, { kind: 'image' }));
    expect([code, message]).toEqual(['MEDIA_INVALID', expect.stringContaining(`that holds ${found} as well`)]);
  });

  it('a recording that ends as a zip archive', async () => {
    const polyglot = Buffer.concat([await aTone('wav'), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);
    expect(await refusalOf(bench.tools.convertAudio(polyglot, { kind: 'audio' }))).toMatchObject({
      code: 'MEDIA_INVALID',
      message: 'a WAV recording that holds a zip archive as well; send the recording alone',
    });
  });
});

describe('what is not whole', () => {
  it.each(['jpeg', 'png', 'webp', 'tiff', 'bmp', 'gif'] as const)('half a %s', async (format) => {
    const whole = await aPicture(format, { width: 640, height: 480 });
    const half = whole.subarray(0, whole.length >> 1);
    const wishes = { kind: 'image', formats: [format] } as const;
    await bench.tools.convertImage(whole, wishes); // or the refusal would tell nothing
    expect((await refusalOf(bench.tools.convertImage(half, wishes))).code).toBe('MEDIA_INVALID');
    expect((await refusalOf(bench.tools.probe(half, { decode: true }))).code).toBe('MEDIA_INVALID');
    await expect(bench.tools.probe(whole, { decode: true })).resolves.toMatchObject({ format });
    expect((await refusalOf(bench.tools.convertImage(half, { ...wishes, width: { supported: [64] } }))).code).toBe(
      'MEDIA_INVALID',
    );
  });

  it.each(['wav', 'mp4', 'flac', 'webm'] as const)('half a recording, %s', async (format) => {
    const whole = await aTone(format, { seconds: 4 });
    const half = whole.subarray(0, whole.length >> 1);
    expect((await refusalOf(bench.tools.convertAudio(half, { kind: 'audio', formats: [format] }))).code).toBe(
      'MEDIA_INVALID',
    );
  });

  it.each(['wav', 'mp3', 'ogg', 'webm', 'mp4', 'flac', 'aac'] as const)(
    'a head of %s and nothing behind it',
    async (format) => {
      const head = (await aTone(format)).subarray(0, 40);
      expect((await refusalOf(bench.tools.probe(head))).code).toBe('MEDIA_INVALID');
    },
  );

  it('nothing', async () => {
    for (const work of [
      () => bench.tools.probe(Buffer.alloc(0)),
      () => bench.tools.convertAudio(Buffer.alloc(0), { kind: 'audio' }),
      () => bench.tools.convertImage(Buffer.alloc(0), { kind: 'image' }),
    ])
      expect((await refusalOf(work())).code).toBe('MEDIA_INVALID');
  });

  it('a recording of no seconds', async () => {
    const empty = (await aTone('wav', { seconds: 1 })).subarray(0, 44);
    empty.writeUInt32LE(0, 40);
    expect((await refusalOf(bench.tools.convertAudio(empty, { kind: 'audio' }))).code).toBe('MEDIA_INVALID');
  });
});

describe('what is too large', () => {
  it('images of 65535x65535, in every format that can claim it', async () => {
    const png = pngOf({ width: 65_535, height: 65_535, bitDepth: 1, colourType: 0, rows: Buffer.alloc(64) });
    const [bmp, gif, tiff, jpeg] = await Promise.all([
      aPicture('bmp'),
      aPicture('gif'),
      aPicture('tiff'),
      aPicture('jpeg'),
    ]);
    bmp.writeInt32LE(65_535, 18);
    bmp.writeInt32LE(65_535, 22);
    const firstFrame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 64, 0, 48, 0]));
    for (const at of [6, 8, firstFrame + 5, firstFrame + 7]) gif.writeUInt16LE(65_535, at);
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65_500, frame + 5);
    jpeg.writeUInt16BE(65_500, frame + 7);
    setTiffSize(tiff, 65_535);
    for (const [name, bytes] of Object.entries({ png, bmp, gif, tiff, jpeg })) {
      for (const work of [
        () => bench.tools.probe(bytes),
        () => bench.tools.convertImage(bytes, { kind: 'image', formats: ['png'], width: { supported: [8] } }),
      ])
        expect([name, (await refusalOf(work())).code]).toEqual([name, 'MEDIA_TOO_LARGE']);
    }
  });

  it('a wish for too many pixels', async () => {
    const wishes = { kind: 'image', width: { supported: [30_000] }, height: { supported: [30_000] } } as const;
    expect((await refusalOf(bench.tools.convertImage(await aPicture('png'), wishes))).code).toBe('MEDIA_TOO_LARGE');
  });

  it('ten hours of sound, whether its header says so or not', async () => {
    const tenHours = await ffmpeg(
      ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono'],
      ['-t', '36000', '-c:a', 'flac', '-compression_level', '0', '-f', 'flac'],
    );
    expect(tenHours.length).toBeLessThan(limits.maxBytes);
    const silentAboutIt = Buffer.from(tenHours);
    silentAboutIt.fill(0, 22, 26); // the count of samples in STREAMINFO
    for (const bytes of [tenHours, silentAboutIt]) {
      const { code, message } = await refusalOf(bench.tools.convertAudio(bytes, { kind: 'audio', formats: ['wav'] }));
      expect([code, message]).toEqual(['MEDIA_TOO_LARGE', expect.stringContaining('longer than 60 seconds')]);
      await expect(readAll(bench.tools.readAudioFrames(bytes))).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    }
  });

  it('more bytes than the caller allows', async () => {
    const tone = await aTone('wav');
    const options = { limits: { maxBytes: 1000 } };
    expect((await refusalOf(bench.tools.convertAudio(tone, { kind: 'audio' }, options))).code).toBe('MEDIA_TOO_LARGE');
    expect((await refusalOf(bench.tools.probe(tone, options))).code).toBe('MEDIA_TOO_LARGE');
  });

  it('more output than the caller allows, through a file as through a pipe', async () => {
    const tone = await aTone('mp3', { seconds: 20 });
    for (const output of ['yes', 'no'] as const) {
      const options = { limits: { maxOutputBytes: 100_000 }, tempFiles: { output } };
      const work = bench.tools.convertAudio(tone, { kind: 'audio', formats: ['wav'] }, options);
      expect([output, (await refusalOf(work)).code]).toEqual([output, 'MEDIA_TOO_LARGE']);
    }
  });

  it('more memory than an image process may have, which costs that process alone', async () => {
    await using small = await openMediaBench({ imageProcesses: 1, imageMemoryBytes: 1 });
    const picture = await aPicture('png', { width: 3000, height: 3000 });
    const wishes = { kind: 'image', formats: ['webp'] } as const;
    expect((await refusalOf(small.tools.convertImage(picture, wishes))).code).toBe('MEDIA_TOO_LARGE');
    expect((await refusalOf(small.tools.convertImage(picture, wishes))).code).toBe('MEDIA_TOO_LARGE');
  });
});

describe('a caller that does not wait', () => {
  const long = async (): Promise<Buffer> => aVideo('mp4', { seconds: 50 });
  const wishes = {
    kind: 'video',
    formats: ['webm'],
    width: { supported: [1920] },
    height: { supported: [1080] },
  } as const;

  it('has its ffmpeg killed by the signal', async () => {
    const leaving = new AbortController();
    const refused = refusalOf(
      bench.tools.convertVideo(await long(), wishes, { signal: leaving.signal }).catch((error: unknown) => {
        throw error === leaving.signal.reason ? new MeshError('CANCELLED', 'it left') : error;
      }),
    );
    await eventually(
      'the encoder running',
      async () => ((await bench.ffmpegs()).some((command) => command.includes('libvpx')) ? true : undefined),
      60_000,
    );
    leaving.abort();
    expect((await refused).code).toBe('CANCELLED');
  });

  it('has its ffmpeg killed by the deadline', async () => {
    const video = await long();
    const work = bench.tools.convertVideo(video, wishes, { deadlineAt: Date.now() + 3000 });
    expect((await refusalOf(work)).code).toBe('DEADLINE_EXCEEDED');
  });

  it('has its image process killed, and the next caller gets another', async () => {
    const leaving = new AbortController();
    const picture = await aPicture('png', { width: 3000, height: 3000 });
    const converting = bench.tools.convertImage(
      picture,
      { kind: 'image', formats: ['webp'] },
      { signal: leaving.signal },
    );
    const failed = expect(converting).rejects.toBe('left');
    leaving.abort('left');
    await failed;
    await expect(bench.tools.probe(await aPicture('png'))).resolves.toMatchObject({ format: 'png' });
  });

  it('has stopped reading: the frames end, and so does ffmpeg', async () => {
    for await (const frame of bench.tools.readAudioFrames(await aTone('wav', { seconds: 30 }), {
      frameSamples: 1600,
    })) {
      expect(frame).toHaveLength(1600);
      break;
    }
  });
});

it('nothing of a processor-hungry file outlives its processor time', async () => {
  await using short = await openMediaBench({ ffmpegCpuSeconds: 1 });
  const work = short.tools.convertVideo(await aVideo('mp4', { seconds: 50 }), {
    kind: 'video',
    formats: ['webm'],
    width: { supported: [1920] },
    height: { supported: [1080] },
  });
  expect(await refusalOf(work)).toMatchObject({
    code: 'MEDIA_TOO_LARGE',
    message: 'the media takes too much processor time; send a smaller one',
  });
  expect([await short.ffmpegs(), await short.leftFiles()]).toEqual([[], []]);
});

async function readAll(frames: AsyncIterable<Float32Array>): Promise<number> {
  let samples = 0;
  for await (const frame of frames) samples += frame.length;
  return samples;
}

/** Little-endian, as ffmpeg writes it: the entries 256 and 257 of the directory. */
function setTiffSize(tiff: Buffer, side: number): void {
  const directory = tiff.readUInt32LE(4);
  for (let index = 0; index < tiff.readUInt16LE(directory); index += 1) {
    const at = directory + 2 + 12 * index;
    if (![256, 257].includes(tiff.readUInt16LE(at))) continue;
    tiff.writeUInt16LE(3, at + 2);
    tiff.writeUInt16LE(side, at + 8);
  }
}
