import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  MediaValue,
  checkRequest,
  formatProblem,
  parseEndpoint,
  type MediaAttributes,
  type RequestReading,
} from '@infermesh/aime-endpoints';
import { aPicture, aTone, aVideo } from '../../packages/media/tests/made-by-ffmpeg.js';
import { pngOf } from '../../packages/media/tests/png-of.js';
import { createMediaConverter } from '../../services/api-gateway/src/dialects/aime-media/create-media-converter.js';
import { startMediaService, type MediaService } from '../harness/media-service.js';

jest.setTimeout(120_000);

let service: MediaService;

beforeAll(async () => {
  service = await startMediaService({ maxDurationMs: 60_000, maxPixels: 10_000_000 });
}, 120_000);

afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

// Whatever was sent: nothing runs and nothing lies about when it has been answered.
afterEach(async () => {
  expect(await service.ffmpegs()).toEqual([]);
  expect(await service.leftFiles()).toEqual([]);
});

/** Sends `it` to an endpoint whose one input has these lines. */
async function send(lines: string, it: unknown): Promise<RequestReading> {
  const text = `[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n[INPUTS]\n${lines}\n`;
  const { endpoint, problems } = parseEndpoint(text, 'it.toml');
  if (endpoint === null || problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  const media = createMediaConverter({ client: service.client });
  return checkRequest(endpoint.definition, { it }, { media, signal: new AbortController().signal });
}

async function taken(lines: string, it: string): Promise<MediaValue> {
  const reading = await send(lines, it);
  if (!reading.ok) throw new Error(reading.errors.join('\n'));
  expect(reading.warnings).toEqual([]);
  const value = reading.parameters.get('it');
  if (!(value instanceof MediaValue)) throw new Error('there is no medium');
  return value;
}

async function refusedBecause(lines: string, it: unknown): Promise<string> {
  const reading = await send(lines, it);
  if (reading.ok) throw new Error('it was taken');
  return reading.errors.join('\n');
}

function dataUrl(bytes: Uint8Array, type = 'application/octet-stream'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

/** What the value really is, measured once more. */
async function measured({ bytes, attributes }: MediaValue): Promise<MediaAttributes> {
  const media = createMediaConverter({ client: service.client });
  const hint = { expectedKind: attributes.kind, inputTempFile: 'auto', decode: true } as const;
  return media.probe(bytes, hint, new AbortController().signal);
}

const image = 'it.type = "image"\nit.auto_convert = true\n';
const audio = 'it.type = "audio"\nit.auto_convert = true\n';

describe('pictures', () => {
  it('take the format, the colours and the size that the endpoint wants', async () => {
    const url = dataUrl(await aPicture('png', { width: 400, height: 300 }), 'image/WAV');
    const value = await taken(
      `${image}it.format = { supported = ["JPG"] }\nit.color_space = { supported = ["gray"] }\nit.size = { max = 200 }`,
      url,
    );
    expect(await measured(value)).toMatchObject({ formats: ['jpeg'], colorSpace: 'gray', size: [200, 200] });
    expect([value.isConverted, value.mediaType]).toEqual([true, 'image/jpeg']);
  });

  it.each([
    ['scaled, the ratio kept', 'it.size = { max = 100, keep_aspect_ratio = true }', [100, 75]],
    ['aligned to the nearest multiple', 'it.size = { align = 64 }', [384, 320]],
    ['cropped', 'it.size = { supported = [[120, 120]] }\nit.resize_method = "crop"', [120, 120]],
  ])('are %s', async (_name, lines, size) => {
    const value = await taken(image + lines, dataUrl(await aPicture('jpeg', { width: 400, height: 300 })));
    expect((await measured(value)).size).toEqual(size);
  });

  it('are cut from the middle by a crop, and stretched by a scale', async () => {
    // Left third black, middle white, right third black: a square from the middle is all white.
    const rows = Buffer.concat(
      Array.from({ length: 20 }, () =>
        Buffer.from([0, ...Array.from({ length: 60 }, (_v, x) => (x >= 20 && x < 40 ? 255 : 0))]),
      ),
    );
    const stripes = dataUrl(pngOf({ width: 60, height: 20, bitDepth: 8, colourType: 0, rows }));
    const lines = `${image}it.format = { supported = ["bmp"] }\nit.color_space = { supported = ["rgb"] }\nit.size = { supported = [[20, 20]] }\n`;
    const corner = ({ bytes }: MediaValue): number => bytes.at(-1) ?? -1;
    expect(corner(await taken(`${lines}it.resize_method = "crop"`, stripes))).toBe(255);
    expect(corner(await taken(`${lines}it.resize_method = "scale"`, stripes))).toBe(0);
  });

  it('that comply pass byte for byte, in the colour spaces that AIME calls otherwise too', async () => {
    const bytes = await aPicture('jpeg', { width: 200, height: 100 });
    for (const color of ['rgb', 'yuv', 'bgr', 'gbr']) {
      const lines = `${image}it.format = { supported = ["jpeg"] }\nit.color_space = { supported = ["${color}"] }`;
      const value = await taken(lines, dataUrl(bytes));
      expect([value.isConverted, bytes.equals(value.bytes)]).toEqual([false, true]);
    }
  });

  it.each(['tiff', 'gif', 'webp', 'bmp'])('are made in the format %s', async (format) => {
    const lines = `${image}it.format = { supported = ["${format}"] }`;
    expect((await taken(lines, dataUrl(await aPicture('png')))).attributes.formats).toEqual([format]);
  });

  it('in colours that a format cannot hold are refused as such', async () => {
    const lines = `${image}it.format = { supported = ["jpeg"] }\nit.color_space = { supported = ["rgba"] }`;
    expect(await refusedBecause(lines, dataUrl(await aPicture('png')))).toContain('cannot be converted');
  });
});

describe('recordings', () => {
  const seed = `${audio}it.format = { supported = ["mp3", "wav"], default = "wav" }
it.sample_rate = { supported = [16000], default = 16000 }
it.sample_bit_depth = { supported = [16, 32], default = 16 }
it.audio_bit_rate = { max = 192000 }
it.channels = { supported = [1], default = 1 }
it.duration = { max = 3 }`;

  it('of a browser become the WAV of the documentation’s example', async () => {
    const value = await taken(seed, dataUrl(await aTone('webm', { seconds: 2, sampleRateHz: 48_000 })));
    expect(await measured(value)).toMatchObject({
      kind: 'audio',
      formats: ['wav'],
      audioCodec: 'pcm_s16le',
      sampleRateHz: 16_000,
      sampleBitDepth: 16,
      channels: 1,
    });
  });

  it('that are too long are cut', async () => {
    const value = await taken(seed, dataUrl(await aTone('wav', { seconds: 6 })));
    expect(Math.round((await measured(value)).durationSeconds ?? 0)).toBe(3);
  });

  it('are given the bit rate of the limit', async () => {
    const lines = `${audio}it.format = { supported = ["mp3"] }\nit.audio_bit_rate = { max = 64000 }`;
    const value = await taken(lines, dataUrl(await aTone('mp3', { seconds: 3, output: ['-b:a', '192k'] })));
    expect((await measured(value)).audioBitRate).toBeLessThan(70_000);
  });

  it.each(['wav', 'mp3', 'ogg', 'webm', 'mp4', 'flac'])('are made in the format %s', async (format) => {
    const from = format === 'wav' ? 'flac' : 'wav';
    const lines = `${audio}it.format = { supported = ["${format}"] }`;
    expect((await taken(lines, dataUrl(await aTone(from)))).attributes.formats).toEqual([format]);
  });

  it('for which another codec is wanted than the format has are refused', async () => {
    const lines = `${audio}it.audio_codec = { supported = ["vorbis"] }\nit.format = { supported = ["mp3"] }`;
    expect(await refusedBecause(lines, dataUrl(await aTone('wav')))).toContain('mp3 is made with mp3, not vorbis');
  });
});

describe('films', () => {
  it('are measured, cut and scaled', async () => {
    const lines =
      'it.type = "video"\nit.auto_convert = true\nit.size = { supported = [[80, 60]] }\nit.duration = { max = 1 }';
    const value = await taken(lines, dataUrl(await aVideo('mp4')));
    expect(await measured(value)).toMatchObject({ kind: 'video', formats: ['mp4', 'mov'], size: [80, 60] });
    expect(Math.round((await measured(value)).durationSeconds ?? 0)).toBe(1);
  });
});

describe('refused', () => {
  const onePixel = pngOf({ width: 1, height: 1, bitDepth: 8, colourType: 0, rows: Buffer.from([0, 0]) });

  it.each([
    ['no data URL', () => Promise.resolve('hello'), 'is not a data URL'],
    ['malformed base64', () => Promise.resolve('data:image/png;base64,?!'), 'not valid base64'],
    ['two commas', () => Promise.resolve('data:image/png;base64,AAAA,AAAA'), 'not valid base64'],
    [
      'a sound that calls itself a picture',
      async () => dataUrl(await aTone('wav'), 'image/png'),
      'the data is audio/wav',
    ],
    [
      'half a picture',
      async () => dataUrl((await aPicture('jpeg', { width: 640, height: 480 })).subarray(0, 9000)),
      'parameter "it"',
    ],
    [
      'a picture that is a zip archive too',
      () => Promise.resolve(dataUrl(Buffer.concat([onePixel, Buffer.from('PK\x05\x06'), Buffer.alloc(18)]))),
      'a zip archive as well',
    ],
    [
      '65535x65535 pixels',
      () =>
        Promise.resolve(
          dataUrl(pngOf({ width: 65_535, height: 65_535, bitDepth: 1, colourType: 0, rows: Buffer.alloc(64) })),
        ),
      'parameter "it"',
    ],
    [
      'a playlist',
      () => Promise.resolve(dataUrl(Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'), 'image/png')),
      'an HLS or M3U playlist',
    ],
  ] as const)('as a picture: %s', async (_name, make, reason) => {
    expect(await refusedBecause(image, await make())).toContain(reason);
  });

  it.each([
    ['a film', async () => dataUrl(await aVideo('mp4'), 'audio/mp4'), 'the data is video/mp4'],
    ['a recording of no seconds', async () => dataUrl(emptied(await aTone('wav', { seconds: 1 }))), 'parameter "it"'],
    [
      'a recording over the limit of the server',
      async () => dataUrl(await aTone('flac', { seconds: 70, sampleRateHz: 8000, channels: 1 })),
      'longer than 60 seconds',
    ],
    [
      'a list for ffmpeg',
      () => Promise.resolve(dataUrl(Buffer.from('ffconcat version 1.0\nfile /etc/passwd\n'))),
      'an ffmpeg concat list',
    ],
    [
      'a protocol of ffmpeg',
      () => Promise.resolve(dataUrl(Buffer.from('concat:/etc/passwd|http://127.0.0.1/'))),
      'plain text',
    ],
    ['nothing', () => Promise.resolve('data:audio/wav;base64,'), 'the data is empty'],
  ] as const)('as a recording: %s', async (_name, make, reason) => {
    expect(await refusedBecause(audio, await make())).toContain(reason);
  });
});

/** A WAV whose data are said to have no bytes. */
function emptied(wav: Buffer): Buffer {
  const head = Buffer.from(wav.subarray(0, 44));
  head.writeUInt32LE(0, 40);
  return head;
}
