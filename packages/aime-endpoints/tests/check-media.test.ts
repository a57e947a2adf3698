import { describe, expect, test } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import type { MediaValue } from '../src/index.js';
import { checkRequest, parameterToJson, parseServer, type MediaConverter } from '../src/index.js';
import { aPicture, ask, dataUrl, endpointOf, errorsOf, load, parametersOf } from './load-example.js';
import { noAttributes } from './no-attributes.js';
import { SmallConverter } from './small-converter.js';
import { aWav } from './small-wav.js';

const image = endpointOf('it = { type = "image" }');
const png = await aPicture(8, 4);
const url = dataUrl('image/png', png);

describe('data URLs', () => {
  test.each([
    ['no text', 5, 'has the type int, expected is str with a data URL'],
    ['bare base64', png.toString('base64'), 'is not a data URL'],
    ['a web address', 'https://example.com/x.png', 'is not a data URL'],
    ['a file', 'file:///etc/passwd', 'is not a data URL'],
    ['no comma', 'data:image/png;base64', 'is not a data URL'],
    ['not coded', 'data:image/png,abc', 'is not base64-coded'],
    ['a page', 'data:text/html;base64,PGI+', 'says that it holds text/html'],
    ['no body', 'data:image/png;base64,', 'the data is empty'],
    ['padding alone', 'data:image/png;base64,==', 'the data is empty'],
    ['another alphabet', 'data:image/png;base64,ab-_', 'not valid base64'],
    ['a stray character', `${url.slice(0, 60)}!${url.slice(61)}`, 'not valid base64'],
    ['padding inside', `${url.slice(0, 60)}=${url.slice(61)}`, 'not valid base64'],
    ['too much padding', `${url}==`, 'not valid base64'],
    ['what is no picture', dataUrl('image/png', Buffer.from('hello, this is text')), '(the data URL says image/png)'],
    ['half a picture’s header', dataUrl('image/png', png.subarray(0, 12)), 'parameter "it" (image)'],
  ])('%s is refused', async (_name, value, message) => {
    expect(await errorsOf(image, { it: value })).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['in lines', url.replace(/(.{60})/gu, '$1\r\n')],
    ['without padding', url.replace(/=+$/u, '')],
    ['with another name', dataUrl('application/octet-stream', png)],
    ['with parameters', url.replace(';base64', ';name=x.png;base64')],
    ['in capitals', url.replace('data:image/png;base64', 'DATA:IMAGE/PNG;BASE64')],
  ])('%s is taken', async (_name, value) => {
    const { it } = await parametersOf(image, { it: value });
    expect((it as MediaValue).toDataUrl()).toBe(url);
  });

  test('a body over the limit is refused before it is decoded', async () => {
    const converter = new SmallConverter();
    const reading = await checkRequest(
      image,
      { it: url },
      { media: converter, signal: new AbortController().signal, limits: { maxMediaBytes: 50 } },
    );
    expect(reading).toEqual({ ok: false, errors: [expect.stringContaining('the most that is taken is 50')] });
    expect(converter.probes).toEqual([]);
  });
});

describe('pictures', () => {
  const sized = (keys: string) => endpointOf(`it.type = "image"\nit.size = { ${keys} }`);

  test('without auto_convert all that does not fit is told', async () => {
    const endpoint = endpointOf(
      'it.type = "image"\nit.size = { max = [4, 100], align = 3 }\nit.format = { supported = ["jpg"] }\nit.color_space = { supported = ["rgba"] }',
    );
    expect(await errorsOf(endpoint, { it: url })).toEqual([
      'parameter "it" (image): the format png is not supported, expected is jpeg',
      'parameter "it" (image): the color_space rgb is not supported, expected is rgba',
      'parameter "it" (image): the size 8x4 is not allowed, expected is a width at most 4 and a multiple of 3 and a height at most 100 and a multiple of 3',
    ]);
  });

  test.each([
    ['max = 4, auto_convert = true', 8, 4, [4, 4]],
    ['max = 4, auto_convert = true, keep_aspect_ratio = true', 8, 4, [4, 2]],
    ['min = 10, auto_convert = true, keep_aspect_ratio = true', 8, 4, [20, 10]],
    ['align = 5, auto_convert = true', 8, 4, [10, 5]],
    ['min = 128, max = 512, auto_convert = true, keep_aspect_ratio = true', 100, 1000, [128, 512]],
    ['supported = [[6, 6], [3, 3]], default = [3, 3], auto_convert = true', 8, 4, [3, 3]],
    ['supported = [[6, 6], [3, 3]], auto_convert = true', 8, 4, [6, 6]],
  ])('size = { %s }: %i x %i', async (keys, width, height, size) => {
    const { it } = await parametersOf(sized(keys), { it: dataUrl('image/png', await aPicture(width, height)) });
    expect((it as MediaValue).attributes.size).toEqual(size);
    expect((it as MediaValue).isConverted).toBe(true);
  });

  test('the ratio is cut and not kept with resize_method = "crop"', async () => {
    const endpoint = endpointOf(
      'it.type = "image"\nit.size = { max = 4, auto_convert = true, keep_aspect_ratio = true }\nit.resize_method = "crop"',
    );
    const converter = new SmallConverter();
    const { it } = await parametersOf(endpoint, { it: url }, converter);
    expect((it as MediaValue).attributes.size).toEqual([4, 4]);
    expect(converter.targets).toMatchObject([{ resizeMethod: 'crop', size: [4, 4] }]);
  });

  test('the parameter’s auto_convert is that of its attributes', async () => {
    const endpoint = endpointOf('it.type = "image"\nit.auto_convert = true\nit.size = { max = 4 }');
    expect(((await parametersOf(endpoint, { it: url }))['it'] as MediaValue).attributes.size).toEqual([4, 4]);
  });

  test('what the server does not take is refused, and never converted', async () => {
    const { server } = parseServer('[INPUTS]\nimage.format = { allowed = ["JPG"] }', 'server.cfg');
    if (server === null) throw new Error('the server’s file is not valid');
    const keys = 'it.type = "image"\nit.format = { supported = ["png"], auto_convert = true }';
    expect(await errorsOf(endpointOf(keys, { server }), { it: url })).toEqual([
      'parameter "it" (image): the format png is not among what this server takes: jpeg',
    ]);
  });
});

describe('sound', () => {
  test.each([
    ['duration = { max = 1 }', 'the duration 3 is not allowed, expected is at most 1'],
    ['duration = { min = 5, auto_convert = true }', 'the duration of 3 s is too short, expected is 5 s'],
    ['channels = { supported = [2] }', 'the channels 1 is not allowed, expected is 2'],
    ['sample_rate = { min = 22050 }', 'the sample_rate 16000 is not allowed, expected is at least 22050'],
    ['format = { supported = ["mp3", "ogg"] }', 'the format wav is not supported, expected is mp3, ogg'],
  ])('%s', async (attribute, message) => {
    const endpoint = endpointOf(`it.type = "audio"\nit.${attribute}`);
    const voice = dataUrl('audio/wav', aWav({ seconds: 3 }));
    expect(await errorsOf(endpoint, { it: voice })).toEqual([`parameter "it" (audio): ${message}`]);
  });

  test('a fraction of a second does not make it too long', async () => {
    const endpoint = endpointOf('it.type = "audio"\nit.duration = { max = 2 }');
    expect(await parametersOf(endpoint, { it: dataUrl('audio/wav', aWav({ seconds: 2.4 })) })).toHaveProperty('it');
  });

  test('nothing at all in a WAV', async () => {
    expect(
      await errorsOf(endpointOf('it = { type = "audio" }'), { it: dataUrl('audio/wav', aWav({ seconds: 0 })) }),
    ).toEqual([expect.stringContaining('the recording is empty')]);
  });
});

describe('the converter', () => {
  const endpoint = endpointOf('a = { type = "image", size = { max = 4, auto_convert = true } }\nb = { type = "int" }');
  const signal = new AbortController().signal;

  test('is not asked to convert while anything else is wrong', async () => {
    const converter = new SmallConverter();
    expect(await errorsOf(endpoint, { a: url, b: 'x' }, converter)).toHaveLength(1);
    expect([converter.probes.length, converter.targets.length]).toEqual([1, 0]);
  });

  test('may refuse the bytes while it converts', async () => {
    const picky = endpointOf('a.type = "image"\na.format = { supported = ["bmp"], auto_convert = true }');
    expect(await errorsOf(picky, { a: url })).toEqual(['parameter "a" (image): there is no way to bmp']);
  });

  test('that cannot work at all is no error of the request', async () => {
    const broken: MediaConverter = {
      probe: () => Promise.reject(new MeshError('SERVICE_UNAVAILABLE', 'no room')),
      convert: () => Promise.reject(new Error('never asked')),
    };
    await expect(checkRequest(endpoint, { a: url }, { media: broken, signal })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  test('that does not do what it was asked is a warning, where the file wants to know', async () => {
    const lazy: MediaConverter = {
      probe: () => Promise.resolve({ ...noAttributes, size: [9, 9] }),
      convert: (bytes) => Promise.resolve({ bytes, attributes: { ...noAttributes, size: [8, 8] } }),
    };
    const text = 'parameter a after its conversion: size is 8x8 and should be 4x4';
    expect(await checkRequest(endpoint, { a: url }, { media: lazy, signal })).toMatchObject({
      ok: true,
      warnings: [text],
    });
    const silent = endpointOf(
      'a.type = "image"\na.size = { max = 4, auto_convert = true }\na.check_conversion = false',
    );
    expect(await checkRequest(silent, { a: url }, { media: lazy, signal })).toMatchObject({ ok: true, warnings: [] });
  });
});

test('parameters become JSON with data URLs, or whatever the caller makes of media', async () => {
  const endpoint = endpointOf('it = { type = "image_list" }');
  const { it } = await parametersOf(endpoint, { it: [url] });
  expect(parameterToJson({ pictures: it as MediaValue[], n: 1 })).toEqual({ pictures: [url], n: 1 });
  expect(parameterToJson([it as MediaValue[]], (media) => media.mediaType)).toEqual([['image/png']]);
});

test('a default picture is checked like one that came', async () => {
  const text = `[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n[INPUTS]\nit = { type = "image", default = "${url}" }`;
  expect(await ask(load(text).definition, {})).toMatchObject({ ok: true });
});
