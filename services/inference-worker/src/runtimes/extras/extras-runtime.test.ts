import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  blendImages,
  cropCentre,
  cropImage,
  decodeImage,
  encodePng,
  resizeImage,
  type RawImage,
} from '@infermesh/media';
import { startModelProcess, type CheckpointFile, type ModelProcess } from '@infermesh/model-runtime';
import { createLogger } from '@infermesh/telemetry';
import { runtimeResult, type RuntimeResult } from '../runtime-item.js';
import { loadRuntimeTable } from '../runtime-table.js';

const jobId = '0197a6c0-0000-7000-8000-000000000001';
const models = '../../../../../models';

async function checkpoint(path: string): Promise<CheckpointFile> {
  const absolute = fileURLToPath(new URL(path, import.meta.url));
  const sha256 = createHash('sha256')
    .update(await readFile(absolute))
    .digest('hex');
  return { path: absolute, sha256 };
}

/** Different on every side, with smooth tones and fine detail. */
function picture(width: number, height: number, channels: 3 | 4 = 3): RawImage {
  const data = Buffer.alloc(width * height * channels);
  for (let index = 0; index < width * height; index += 1) {
    const x = index % width;
    const y = Math.floor(index / width);
    data.set([(x * 255) / width, 127 + 120 * Math.sin(x * y * 0.01), (x * 31 + y * 17) % 256], index * channels);
    if (channels === 4) data[index * 4 + 3] = Math.min(255, x * 8);
  }
  return { data, width, height, channels };
}

const photograph = (): Promise<RawImage> =>
  decodeImage(fileURLToPath(new URL(`${models}/photographs/coffee.jpg`, import.meta.url)));

/** Cubic convolution (a = -0.5) widened to two pixels: what halves a line without aliases. */
const halvingTaps = [-3, -9, 29, 111, 111, 29, -9, -3].map((tap) => tap / 256);

/** Columns that lie `step` values apart, `count` of them from `start`, to half as many. */
function halveLine(values: Float32Array, start: number, step: number, count: number, halves: Float32Array): void {
  for (let half = 0; half < count / 2; half += 1) {
    let sum = 0;
    for (let tap = 0; tap < 8; tap += 1) {
      const position = Math.min(count - 1, Math.max(0, half * 2 - 3 + tap));
      sum += (halvingTaps[tap] ?? 0) * (values[start + position * step] ?? 0);
    }
    halves[half] = sum;
  }
}

/** Half the width and height, as resampling by antialiased cubic convolution does it. */
function halved({ data, width, height }: RawImage): RawImage {
  const narrow = new Float32Array((width / 2) * height * 3);
  const source = Float32Array.from(data);
  const line = new Float32Array(Math.max(width, height) / 2);
  for (let row = 0; row < height * 3; row += 1) {
    const [y, channel] = [Math.floor(row / 3), row % 3];
    halveLine(source, y * width * 3 + channel, 3, width, line);
    for (let x = 0; x < width / 2; x += 1) narrow[(y * (width / 2) + x) * 3 + channel] = line[x] ?? 0;
  }
  const small = new Uint8ClampedArray((width / 2) * (height / 2) * 3);
  for (let column = 0; column < (width / 2) * 3; column += 1) {
    halveLine(narrow, column, (width / 2) * 3, height, line);
    for (let y = 0; y < height / 2; y += 1) small[y * (width / 2) * 3 + column] = line[y] ?? 0;
  }
  return { data: Buffer.from(small.buffer), width: width / 2, height: height / 2, channels: 3 };
}

/** The image without so many pixels on each side. */
const without = (border: number, image: RawImage): RawImage =>
  cropCentre(image, { width: image.width - 2 * border, height: image.height - 2 * border });

/** Peak signal to noise ratio over all channels, in dB. */
function psnr(first: RawImage, second: RawImage): number {
  let squares = 0;
  first.data.forEach((byte, index) => (squares += (byte - (second.data[index] ?? NaN)) ** 2));
  return 10 * Math.log10((255 ** 2 * first.data.length) / squares);
}

function largestDifference(first: RawImage, second: RawImage): number {
  let largest = first.data.length === second.data.length ? 0 : Infinity;
  first.data.forEach((byte, index) => {
    const difference = Math.abs(byte - (second.data[index] ?? NaN));
    if (difference > largest) largest = difference;
  });
  return largest;
}

const missingCheckpoints = {
  'vanished.onnx': { code: 'CHECKPOINT_NOT_FOUND', message: 'the file of checkpoint vanished is gone' },
};

describe('extras runtime', () => {
  let folder = '';
  let model: ModelProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'extras-'));
    const runtime = (await loadRuntimeTable([])).get('extra-single-image');
    model = await startModelProcess({
      entry: runtime?.entry ?? '',
      options: { maxPayloadBytes: 8e6, maxInputPixels: 1e6, maxOutputPixels: 2e6 },
      checkpoints: {
        'infermesh-photo-x2': await checkpoint(`${models}/upscale-photo-x2/upscale-photo-x2.onnx`),
        'tripler.onnx': await checkpoint('./fixtures/nearest-x3-fixed-64.onnx'),
        invert: await checkpoint('./fixtures/invert-x1.onnx'),
        wrong: await checkpoint('./fixtures/wrong-scale.onnx'),
      },
      executionProviders: ['cpu'],
      threads: 1,
      scratchFolder: folder,
      memoryLimitBytes: 2 ** 31,
      loadTimeoutMs: 20_000,
      cancelGraceMs: 20_000,
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
  });

  afterAll(async () => {
    await model[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  interface RunChanges {
    readonly jobType?: string;
    readonly signal?: AbortSignal;
    readonly onProgress?: (fraction: number) => void;
  }

  async function runText(
    text: string | Buffer,
    { jobType = 'extra-single-image', ...changes }: RunChanges = {},
  ): Promise<RuntimeResult> {
    const outputFolder = await mkdtemp(join(folder, 'job-'));
    const payloadPath = join(outputFolder, 'payload');
    await writeFile(payloadPath, text);
    const item = { jobId, jobType, inputs: { endpointName: 'demo' }, payloadPath, outputFolder, missingCheckpoints };
    const patience = { signal: new AbortController().signal, deadlineAt: Date.now() + 25_000 };
    return model.run(item, { resultSchema: runtimeResult, ...patience, ...changes });
  }

  const runPayload = (payload: object, changes?: RunChanges): Promise<RuntimeResult> =>
    runText(JSON.stringify(payload), changes);

  async function enlarge(image: RawImage, settings: object): Promise<RawImage> {
    const encoded = (await encodePng(image)).toString('base64');
    const { outputs } = await runPayload({ ...settings, image: encoded });
    return decodeImage(outputs[0]?.path ?? '');
  }

  it('writes image.png and the parameters file', async () => {
    const encoded = (await encodePng(picture(30, 20))).toString('base64');
    const result = await runPayload({
      upscaler_1: 'Lanczos',
      upscaling_resize: 3,
      image: `data:image/png;base64,${encoded}`,
    });
    expect(result.outputs.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['image.png', 'image/png'],
      [`${jobId}_param.json`, 'application/json'],
    ]);
    expect(result.result).toEqual({ width: 90, height: 60, upscaler: 'Lanczos' });
    expect(await decodeImage(result.outputs[0]?.path ?? '')).toMatchObject({ width: 90, height: 60 });
    expect(JSON.parse(await readFile(result.outputs[1]?.path ?? '', 'utf8'))).toEqual({
      html_info: '<p>Postprocess upscale by: 3, Postprocess upscaler: Lanczos</p>',
      inference_id: jobId,
      endpont_name: 'demo',
      endpoint_name: 'demo',
    });
  });

  it('leaves the picture as it is without an upscaler', async () => {
    const image = picture(30, 20);
    expect(
      await enlarge(image, { upscaler_2: 'Nearest', extras_upscaler_2_visibility: 1, upscaling_resize: 4 }),
    ).toEqual(image);
  });

  it('shows no seam: where tiles meet, the picture is the same as in one tile', async () => {
    const image = await photograph();
    const enlarged = await enlarge(image, { upscaler_1: 'infermesh-photo-x2' });
    expect(enlarged).toMatchObject({ width: 1200, height: 800, channels: 3 });
    // Tiles meet at 256 and at 512, whole pictures of 200 x 200 pixels are one tile; their own borders do not count.
    for (const left of [156, 400]) {
      const part = { left, top: 156, width: 200, height: 200 };
      const inOneTile = await enlarge(cropImage(image, part), { upscaler_1: 'infermesh-photo-x2' });
      const tiled = cropImage(enlarged, { left: left * 2, top: 312, width: 400, height: 400 });
      expect(largestDifference(without(32, inOneTile), without(32, tiled))).toBeLessThanOrEqual(1);
    }
  });

  it('doubles a photograph that the bundled network has not learnt from at least 0.5 dB better than Lanczos', async () => {
    const original = cropCentre(await photograph(), { width: 400, height: 280 });
    const small = halved(original);
    const byNetwork = await enlarge(small, { upscaler_1: 'infermesh-photo-x2' });
    const byLanczos = await enlarge(small, { upscaler_1: 'Lanczos' });
    const quality = (image: RawImage): number => psnr(without(4, image), without(4, original));
    expect(quality(byLanczos)).toBeGreaterThan(29);
    expect(quality(byNetwork)).toBeGreaterThanOrEqual(quality(byLanczos) + 0.5);
  });

  it('measures the scale of a network that does not state it, and fills tiles of a fixed size', async () => {
    const image = picture(90, 40);
    const expected = await resizeImage(image, { width: 270, height: 120, kernel: 'nearest' });
    expect(await enlarge(image, { upscaler_1: 'tripler', upscaling_resize: 3 })).toEqual(expected);
    expect(await enlarge(image, { upscaler_1: 'tripler.onnx', upscaling_resize: 3 })).toEqual(expected);
  });

  it('repeats a network until the size is reached, then shrinks to it exactly', async () => {
    const image = picture(31, 21);
    const four = await enlarge(image, { upscaler_1: 'infermesh-photo-x2', upscaling_resize: 4 });
    const three = await enlarge(image, { upscaler_1: 'infermesh-photo-x2', upscaling_resize: 3 });
    expect([four.width, four.height, three.width, three.height]).toEqual([124, 84, 93, 63]);
    const { data } = await resizeImage(four, { width: 93, height: 63, kernel: 'lanczos3' });
    expect(three.data.equals(data)).toBe(true);
  });

  it('runs a network of scale 1 once, and none to shrink', async () => {
    const grey: RawImage = { data: Buffer.alloc(8 * 8 * 3, 50), width: 8, height: 8, channels: 3 };
    const inverted = await enlarge(grey, { upscaler_1: 'invert', upscaling_resize: 2 });
    expect([inverted.width, ...inverted.data.subarray(0, 3)]).toEqual([16, 205, 205, 205]);
    const shrunk = await enlarge(grey, { upscaler_1: 'invert', upscaling_resize: 0.5 });
    expect([shrunk.width, ...shrunk.data.subarray(0, 3)]).toEqual([4, 50, 50, 50]);
  });

  it('enlarges alpha too, by Lanczos', async () => {
    const image = picture(40, 30, 4);
    const enlarged = await enlarge(image, { upscaler_1: 'infermesh-photo-x2' });
    const lanczos = await resizeImage(image, { width: 80, height: 60, kernel: 'lanczos3' });
    const alpha = ({ data }: RawImage): Buffer => data.filter((_, index) => index % 4 === 3) as Buffer;
    expect(enlarged.channels).toBe(4);
    expect(alpha(enlarged)).toEqual(alpha(lanczos));
  });

  it('mixes two upscalers by the visibility of the second', async () => {
    const image = picture(40, 30);
    const mixed = await enlarge(image, {
      upscaler_1: 'Nearest',
      upscaler_2: 'Lanczos',
      extras_upscaler_2_visibility: 0.25,
    });
    const size = { width: 80, height: 60 };
    const nearest = await resizeImage(image, { ...size, kernel: 'nearest' });
    const lanczos = await resizeImage(image, { ...size, kernel: 'lanczos3' });
    expect(mixed).toEqual(blendImages(nearest, lanczos, 0.25));
  });

  it.each([
    [true, 100, 100],
    [false, 200, 100],
  ])('covers the size asked for (crop: %s)', async (crop, width, height) => {
    const settings = { resize_mode: 1, upscaling_resize_w: 100, upscaling_resize_h: 100, upscaling_crop: crop };
    expect(await enlarge(picture(80, 40), { ...settings, upscaler_1: 'Lanczos' })).toMatchObject({ width, height });
  });

  it('enlarges the images of a batch, each to a file of its own', async () => {
    const encoded = await Promise.all(
      [picture(8, 6), picture(5, 9)].map(async (image) => (await encodePng(image)).toString('base64')),
    );
    const imageList = encoded.map((data, index) => ({ data, name: `../${index}` }));
    const { outputs } = await runPayload({ upscaler_1: 'Nearest', imageList }, { jobType: 'extra-batch-images' });
    expect(outputs.map(({ name }) => name)).toEqual(['image_0.png', 'image_1.png', `${jobId}_param.json`]);
    expect(await decodeImage(outputs[1]?.path ?? '')).toMatchObject({ width: 10, height: 18 });
  });

  it('reads JSON as Python writes it, unknown keys and nulls included', async () => {
    const encoded = (await encodePng(picture(4, 4))).toString('base64');
    const text = `\uFEFF{"s_tmax": Infinity, "upscaler_1": "Nearest", "upscaler_2": null, "alwayson_scripts": {"x": [1]}, "image": "${encoded}"}`;
    await expect(runText(text)).resolves.toMatchObject({ result: { width: 8 } });
  });

  it.each([
    [
      { image: 'AAAA', upscaling_resize: 0 },
      'PAYLOAD_INVALID',
      'payload field upscaling_resize: Too small: expected number to be >0',
    ],
    [
      { image: 'AAAA', upscaling_resize: '2' },
      'PAYLOAD_INVALID',
      'payload field upscaling_resize: Invalid input: expected number, received string',
    ],
    [
      { image: 'AAAA', resize_mode: 2 },
      'PAYLOAD_INVALID',
      'payload field resize_mode: must be 0 (by factor) or 1 (to a size)',
    ],
    [
      { image: 'AAAA', gfpgan_visibility: 0.5 },
      'PAYLOAD_INVALID',
      'payload field gfpgan_visibility: face restoration is not offered here, send 0',
    ],
    [{}, 'PAYLOAD_INVALID', 'payload field image: must hold an image as Base64'],
    [{ image: 'not base64!' }, 'PAYLOAD_INVALID', 'payload field image: is not Base64'],
    [
      { image: 'https://example.com/a.png' },
      'PAYLOAD_INVALID',
      'payload field image: is a URL; send the image itself, as Base64',
    ],
    [
      { image: Buffer.from('hello').toString('base64') },
      'MEDIA_INVALID',
      'found plain text; send a JPEG, PNG, WebP, GIF or AVIF image',
    ],
    [
      { image: 'AAAA', upscaler_1: 'ESRGAN' },
      'PAYLOAD_INVALID',
      'payload field upscaler_1: there is no upscaler "ESRGAN"; choose one of None, Lanczos, Nearest, infermesh-photo-x2, tripler, invert, wrong',
    ],
    [{ image: 'AAAA', upscaler_1: 'vanished' }, 'CHECKPOINT_NOT_FOUND', 'the file of checkpoint vanished is gone'],
  ])('refuses %j', async (payload, code, message) => {
    await expect(runPayload(payload)).rejects.toMatchObject({ code, message });
  });

  it.each([
    [
      'Lanczos',
      8,
      'the result would have 4000x1600 pixels; at most 2000000 are allowed: choose a smaller upscaling_resize',
    ],
    [
      'tripler',
      3.5,
      'upscaler tripler would need an image of 4500x1800 pixels on its way; at most 4000000 are allowed: send a smaller image or choose Lanczos',
    ],
  ])('bounds what %s may make', async (upscaler, factor, message) => {
    const refused = enlarge(picture(500, 200), { upscaler_1: upscaler, upscaling_resize: factor });
    await expect(refused).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE', message });
  });

  it('bounds the sides of what it makes', async () => {
    const refused = enlarge(picture(5000, 1), { upscaler_1: 'Lanczos', upscaling_resize: 8 });
    await expect(refused).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
      message:
        'the result would have 40000x8 pixels; at most 32768 on a side are allowed: choose a smaller upscaling_resize',
    });
  });

  it('bounds the payload and the picture sent', async () => {
    await expect(runText(Buffer.alloc(8e6 + 1, ' '))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await expect(enlarge(picture(1001, 1000), { upscaler_1: 'Lanczos' })).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
    });
  });

  it('refuses text that is no UTF-8', async () => {
    await expect(runText(Buffer.from([0x7b, 0xff, 0x7d]))).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  });

  it('says that a network lies about its scale', async () => {
    await expect(enlarge(picture(9, 9), { upscaler_1: 'wrong' })).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: 'the checkpoint is no upscaler: it did not answer 2 times its input',
    });
  });

  it('refuses a payload outside the scratch folder', async () => {
    const item = {
      jobId,
      jobType: 'extra-single-image',
      inputs: {},
      payloadPath: '/etc/hostname',
      outputFolder: folder,
      missingCheckpoints: {},
    };
    const patience = { signal: new AbortController().signal, deadlineAt: Date.now() + 25_000 };
    await expect(model.run(item, { resultSchema: runtimeResult, ...patience })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('stops between tiles when it is cancelled, and reports its way', async () => {
    const encoded = (await encodePng(picture(600, 600))).toString('base64');
    const stop = new AbortController();
    const fractions: number[] = [];
    const running = runPayload(
      { image: encoded, upscaler_1: 'infermesh-photo-x2' },
      {
        signal: stop.signal,
        onProgress: (fraction) => {
          fractions.push(fraction);
          if (fraction > 0.1) stop.abort();
        },
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(fractions.at(-1)).toBeLessThan(0.8);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    await expect(enlarge(picture(4, 4), { upscaler_1: 'Nearest' })).resolves.toMatchObject({ width: 8 });
  });
});
