import { describe, expect, test } from '@jest/globals';
import {
  MediaValue,
  convertOutput,
  formatProblem,
  outputsOf,
  parseEndpoint,
  parseRuntimeDescriptions,
  payloadFor,
  type MediaOutput,
} from '../src/index.js';
import { aPicture, dataUrl, load, loadExample, parametersOf } from './load-example.js';
import { SmallConverter } from './small-converter.js';
import { aWav } from './small-wav.js';

const runtimes = parseRuntimeDescriptions({
  extras: {
    payload: {
      image: { type: 'image', required: true },
      scale: { type: 'float' },
      upscaler: { type: 'string' },
      options: { type: 'json' },
    },
    result: { image: { type: 'image', required: true }, info: { type: 'json' }, seconds: { type: 'float' } },
  },
});

describe('the shipped kind of mapping', () => {
  test('inputs and constants make the payload', async () => {
    const { definition } = await loadExample('enlarge.toml', { runtimes });
    const { runtime } = definition.worker;
    if (runtime === null) throw new Error('there is no runtime');
    const parameters = await parametersOf(definition, { picture: dataUrl('image/png', await aPicture(48, 32)) });
    const payload = payloadFor(runtime, new Map(Object.entries(parameters)) as Parameters<typeof payloadFor>[1]);
    expect(payload).toEqual({ image: expect.any(MediaValue), scale: 2, upscaler: 'infermesh-photo-x2' });
  });

  test('the result and inputs make the outputs', async () => {
    const { definition } = await loadExample('enlarge.toml', { runtimes });
    const { runtime } = definition.worker;
    if (runtime === null) throw new Error('there is no runtime');
    expect(outputsOf(runtime, { image: 'data:...', info: {} }, new Map([['factor', 3]]))).toEqual({
      picture: 'data:...',
      factor: 3,
    });
  });
});

function problemsOf(worker: string, more = ''): readonly string[] {
  const text = `[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n${worker}\n[INPUTS]\nimage = { type = "image", required = true }\nscale = { type = "int", default = 2 }\nnote = { type = "string" }\n[OUTPUTS]\nimage = { type = "image" }\n${more}`;
  return parseEndpoint(text, 'it.toml', { runtimes }).problems.map(formatProblem);
}

describe('a mapping is checked when the file is loaded', () => {
  test('names that are the same need no mapping', () => {
    expect(problemsOf('runtime = "extras"')).toEqual([]);
  });

  test.each([
    ['runtime = "extra"', 'it.toml:5:1: WORKER.runtime: must be "extras", is "extra"'],
    [
      'runtime = "extras"\nPAYLOAD = { scale = 2 }',
      'WORKER.PAYLOAD: the runtime needs image (image): give it an input or a constant',
    ],
    [
      'runtime = "extras"\nPAYLOAD = { image = "$imag" }',
      'it.toml:6:13: WORKER.PAYLOAD.image: $imag is no input; did you mean image?',
    ],
    ['runtime = "extras"\nPAYLOAD = { image = "$scale" }', 'the runtime wants image here, and gets integer'],
    ['runtime = "extras"\nPAYLOAD = { image = "$image", scal = 2 }', 'the runtime takes no scal; did you mean scale?'],
    [
      'runtime = "extras"\nPAYLOAD = { image = "$image", scale = "2" }',
      'the runtime wants float here, and gets string',
    ],
    [
      'runtime = "extras"\nPAYLOAD = { image = "$image", options = { a = ["$b"] } }',
      'WORKER.PAYLOAD.options.a[0]: $b is no input',
    ],
    ['runtime = "extras"\nRESULT = { imag = "image" }', 'WORKER.RESULT.imag: imag is no output; did you mean image?'],
    ['runtime = "extras"\nRESULT = { image = "seconds" }', 'the output is image, and gets float'],
    ['runtime = "extras"\nRESULT = { image = "pictures" }', 'the runtime gives no pictures'],
    ['runtime = "extras"\nRESULT = { image = "seconds.first" }', 'seconds is float and has no fields in it'],
    ['runtime = "extras"\nRESULT = { image = "$note" }', 'the output is image, and gets string'],
    ['PAYLOAD = { image = "$image" }', 'warning: WORKER.PAYLOAD: has no effect without runtime'],
  ])('%s', (worker, message) => {
    expect(problemsOf(worker)).toEqual([expect.stringContaining(message)]);
  });

  test('an input that may be missing cannot feed what the runtime needs', () => {
    const text =
      '[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\nruntime = "extras"\n[INPUTS]\nimage = { type = "image" }';
    expect(parseEndpoint(text, 'it.toml', { runtimes }).problems.map(formatProblem)).toEqual([
      expect.stringContaining('the input image must be required or have a default'),
    ]);
  });

  test('an output that nothing fills', () => {
    expect(problemsOf('runtime = "extras"', 'extra = { type = "int" }')).toEqual([
      expect.stringMatching(
        /^it\.toml:12:1: OUTPUTS\.extra: the runtime gives no extra; there is image, info, seconds/u,
      ),
    ]);
  });

  test('fields of JSON are reached by dots, constants by their own, and $$ is a dollar', () => {
    const { definition } = load(
      '[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\nruntime = "any"\nPAYLOAD = { a = { b = ["$x", 1, "$$y"] }, c = "$x" }\nRESULT = { out = "info.list.1" }\n[INPUTS]\nx = { type = "int" }\n[OUTPUTS]\nout = { type = "int" }',
    );
    const { runtime } = definition.worker;
    if (runtime === null) throw new Error('there is no runtime');
    expect(payloadFor(runtime, new Map([['x', 5]]))).toEqual({ a: { b: [5, 1, '$y'] }, c: 5 });
    expect(payloadFor(runtime, new Map())).toEqual({ a: { b: [null, 1, '$y'] } });
    expect(outputsOf(runtime, { info: { list: [7, 8] } }, new Map())).toEqual({ out: 8 });
    expect(outputsOf(runtime, { info: {} }, new Map())).toEqual({});
  });

  test('what describes no runtime is refused', () => {
    expect(() => parseRuntimeDescriptions({ a: { payload: { b: { type: 'picture' } } } })).toThrow('the runtimes: ');
  });
});

describe('an output becomes what it is declared to be', () => {
  const signal = new AbortController().signal;
  const { definition } = load(
    '[ENDPOINT]\nname = "it"\n[WORKER]\njob_type = "it"\n[OUTPUTS]\nit.type = "image"\nit.format = "png"\nit.size = { max = 4 }',
  );
  const output = definition.outputs[0] as MediaOutput;

  test('by a conversion, or not at all where it complies', async () => {
    const large = await convertOutput(output, await aPicture(8, 4), new SmallConverter(), signal);
    expect([large.isConverted, large.attributes.size]).toEqual([true, [4, 4]]);
    const small = await aPicture(4, 3);
    const kept = await convertOutput(output, small, new SmallConverter(), signal);
    expect([kept.isConverted, kept.bytes === small]).toEqual([false, true]);
  });

  test('what is another kind of media is refused', async () => {
    await expect(convertOutput(output, aWav(), new SmallConverter(), signal)).rejects.toMatchObject({
      code: 'MEDIA_INVALID',
    });
  });
});
