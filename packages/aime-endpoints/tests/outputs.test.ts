import { expect, test } from '@jest/globals';
import { describeForWorker, filterOutputs } from '../src/index.js';
import { load } from './load-example.js';

const { outputs } = load(
  `[ENDPOINT]
name = "it"
[WORKER]
job_type = "it"
[OUTPUTS]
s = { type = "string" }
i = { type = "integer" }
f = { type = "float" }
b = { type = "bool" }
j = { type = "json" }
a = { type = "audio", format = "MP3" }
p = { type = "image" }
q = { type = "image", format = "PNG", color_space = "gray" }
l = { type = "image_list", format = { supported = ["jpg", "png"] }, color_space = { supported = ["rgb", "rgba"], default = "rgba" } }
`,
).definition;

test('what is of its declared type passes', () => {
  const url = 'data:image/PNG;base64,AAAA';
  const result = {
    s: '',
    i: 4,
    f: 1,
    b: false,
    j: [{ x: null }],
    a: 'data:audio/wav;base64,AAAA',
    p: url,
    l: [url, url],
    q: null,
  };
  expect(filterOutputs(outputs, result)).toEqual({ values: result, problems: [] });
});

test('what is not is left out and told, in a few characters', () => {
  const result = {
    s: 1,
    i: 1.5,
    f: 'x'.repeat(50),
    b: 0,
    a: 'http://x',
    p: 'data:image/png,abc',
    l: ['x'],
    other: 'secret',
  };
  expect(filterOutputs(outputs, result)).toEqual({
    values: {},
    problems: [
      'the output s is declared string, and is 1',
      'the output i is declared integer, and is 1.5',
      `the output f is declared float, and is "${'x'.repeat(30)}..."`,
      'the output b is declared boolean, and is 0',
      'the output a is declared audio, and is "http://x"',
      'the output p is declared image, and is "data:image/png,abc"',
      'the output l is declared image_list, and is ["x"]',
      'the output "other" is not declared',
    ],
  });
});

test('a worker’s error reaches the client, declared or not, and its keys do not', () => {
  expect(filterOutputs(outputs, { error: 'out of memory', auth_key: 'k', job_id: '1', auth: 'w' })).toEqual({
    values: { error: 'out of memory' },
    problems: [],
  });
});

test('names of every object’s prototype are no outputs', () => {
  const hostile = JSON.parse('{"__proto__": {"s": "x"}, "constructor": 1}') as Record<string, unknown>;
  expect(filterOutputs(outputs, hostile)).toEqual({
    values: {},
    problems: ['the output "__proto__" is not declared', 'the output "constructor" is not declared'],
  });
});

test('workers are told one format and one colour space, in the words of their picture library', () => {
  expect(describeForWorker(outputs)).toMatchObject({
    s: { type: 'string' },
    a: { type: 'audio', format: 'mp3' },
    p: { type: 'image', format: 'JPEG', color_space: 'RGB' },
    q: { type: 'image', format: 'PNG', color_space: 'L' },
    l: { type: 'image_list', format: 'JPEG', color_space: 'RGBA' },
  });
});
