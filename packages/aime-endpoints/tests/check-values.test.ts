import { describe, expect, test } from '@jest/globals';
import { endpointOf, errorsOf, parametersOf } from './load-example.js';

/** One input, named `it`. */
const inputOf = (keys: string) => endpointOf(`it = { ${keys} }`);

async function outcome(keys: string, value: unknown): Promise<unknown> {
  const endpoint = inputOf(keys);
  try {
    return (await parametersOf(endpoint, value === undefined ? {} : { it: value }))['it'];
  } catch (error) {
    return error instanceof Error ? `refused: ${error.message.replace(/^parameter "it" \([^)]*\): /u, '')}` : error;
  }
}

describe('missing', () => {
  test.each([
    ['type = "string", required = true', 'refused: is required and missing'],
    // The documentation: refused where nothing is converted, default or not.
    ['type = "string", required = true, default = "a"', 'refused: is required and missing'],
    ['type = "string", required = true, default = "a", auto_convert = true', 'a'],
    ['type = "string", default = "a"', 'a'],
    ['type = "string"', undefined],
    ['type = "selection", supported = [1, 2]', 'refused: is required and missing'],
    ['type = "selection", supported = [1, 2], required = false', undefined],
    ['type = "selection", supported = [1, 2], auto_convert = true', 1],
    ['type = "selection", supported = [1, 2], default = 2', 2],
    ['type = "image", required = true', 'refused: is required and missing'],
    ['type = "image", default = ""', undefined],
  ])('%s', async (keys, expected) => {
    expect(await outcome(keys, undefined)).toBe(expected);
    expect(await outcome(keys, null)).toBe(expected);
  });

  test('an empty text is no picture', async () => {
    expect(await outcome('type = "image"', '')).toBeUndefined();
    expect(await outcome('type = "image", required = true', '')).toBe('refused: is required and missing');
  });
});

describe('integer and float', () => {
  test.each([
    ['type = "int"', 4, 4],
    ['type = "int"', -0, 0],
    // The documentation: a value of another type is refused where nothing is converted.
    ['type = "int"', 4.9, 'refused: the value 4.9 has the type float, expected is int'],
    ['type = "int"', true, 'refused: the value true has the type bool, expected is int'],
    ['type = "int"', '70', 'refused: the value "70" has the type str, expected is int'],
    ['type = "int"', [], 'refused: the value [] has the type list, expected is int'],
    ['type = "int", auto_convert = true', 4.9, 4],
    ['type = "int", auto_convert = true', -4.9, -4],
    ['type = "int", auto_convert = true', true, 1],
    ['type = "int", auto_convert = true', ' 70 ', 70],
    ['type = "int", auto_convert = true', '4.0', 'refused: the value "4.0" has the type str, expected is int'],
    ['type = "int", auto_convert = true', '', 'refused: the value "" has the type str, expected is int'],
    ['type = "int"', 2 ** 60, 'refused: the value 1152921504606847000 is too large to be told exactly'],
    ['type = "int", max = 8, auto_convert = true', 2 ** 60, 8],
    ['type = "float"', 4, 4],
    ['type = "float", auto_convert = true', '.5e1', 5],
    ['type = "float", auto_convert = true', 'nan', 'refused: the value "nan" has the type str, expected is float'],
    ['type = "float"', Infinity, 'refused: the value null is too large to be told exactly'],
    ['type = "int", max = 10, align = 2', 11, 'refused: the value 11 is greater than the maximum 10'],
    ['type = "int", min = 0', -1, 'refused: the value -1 is less than the minimum 0'],
    ['type = "float", minimum = 0.5, maximum = 1', 0.25, 'refused: the value 0.25 is less than the minimum 0.5'],
    ['type = "float", align = 0.1', 0.3, 0.3],
    ['type = "float", align = 0.1, auto_convert = true', 0.26, 0.3],
  ])('%s: %s', async (keys, value, expected) => {
    const got = await outcome(keys, value);
    expect(typeof got === 'string' ? got.split('\n')[0] : got).toEqual(expected === 0 ? expect.closeTo(0) : expected);
  });

  test('the nearest multiple within the limits', async () => {
    const keys = 'type = "int", min = 3, max = 100, align = 32, auto_convert = true';
    const pairs = await Promise.all(
      [1, 47, 48, 63, 65, 80, 150, -5].map(async (value) => [value, await outcome(keys, value)]),
    );
    expect(pairs).toEqual([
      [1, 32],
      [47, 32],
      [48, 64],
      [63, 64],
      [65, 64],
      [80, 96],
      [150, 96],
      [-5, 32],
    ]);
  });

  test('every limit that a value breaks is told', async () => {
    expect(await errorsOf(inputOf('type = "int", max = 10, align = 2'), { it: 11 })).toEqual([
      'parameter "it" (integer): the value 11 is greater than the maximum 10',
      'parameter "it" (integer): the value 11 is not a multiple of 2',
    ]);
  });
});

describe('string, bool, selection and json', () => {
  test.each([
    [
      'type = "string", max_length = 3',
      'abcd',
      'refused: the value "abcd" is longer than the maximum length of 3 characters',
    ],
    ['type = "string", max_length = 3, auto_convert = true', 'abcd', 'abc'],
    // Code points, not UTF-16 units.
    ['type = "string", max_length = 3', '😀😀😀', '😀😀😀'],
    ['type = "string", max_length = 2, auto_convert = true', '😀😀😀', '😀😀'],
    ['type = "string", max_length = 0, auto_convert = true', 'a', ''],
    ['type = "string"', 12, 'refused: the value 12 has the type int, expected is str'],
    ['type = "string", auto_convert = true', 12, '12'],
    ['type = "bool"', true, true],
    ['type = "bool"', 1, 'refused: the value 1 has the type int, expected is bool'],
    ['type = "bool", auto_convert = true', 0, false],
    ['type = "bool", auto_convert = true', 'yes', true],
    ['type = "bool", auto_convert = true', 'False', false],
    [
      'type = "selection", supported = ["a", "b"]',
      'A',
      'refused: the value "A" is not one of the supported values "a", "b"',
    ],
    ['type = "selection", supported = [1, 2]', '2', 'refused: the value "2" is not one of the supported values 1, 2'],
    ['type = "selection", supported = [1, 2], auto_convert = true', '2', 2],
    ['type = "selection", supported = [1, 2], default = 2, auto_convert = true', 9, 2],
    ['type = "selection", supported = [1, 2], auto_convert = true', {}, 1],
    ['type = "json"', '{"a": [1, null]}', { a: [1, null] }],
    ['type = "json"', { a: 1 }, { a: 1 }],
    ['type = "json"', '', null],
    ['type = "json"', 5, 'refused: the value 5 has the type int, expected is str with JSON text'],
    ['type = "json", auto_convert = true', 5, 5],
    ['type = "json", auto_convert = true', '{', 'refused: the value "{" is not valid JSON'],
    ['type = "json"', '['.repeat(200) + ']'.repeat(200), 'refused: the value is nested more than 128 levels deep'],
    ['type = "text_context"', 'x', 'x'],
    ['type = "text_context"', 5, 'refused: the value 5 has the type int, expected is str'],
  ])('%s: %j', async (keys, value, expected) => {
    expect(await outcome(keys, value)).toEqual(expected);
  });
});

describe('a request as a whole', () => {
  const endpoint = endpointOf('a = { type = "int", max = 1 }\nb = { type = "string", required = true }');

  test('all errors together, in the order of the file', async () => {
    expect(await errorsOf(endpoint, { x: 1, a: 5, 'y\n': 2, wait_for_result: 3, key: 4 })).toEqual([
      'parameter "wait_for_result": the value 3 has the type int, expected is bool',
      'parameter "key": has the type int, expected is str',
      'parameter "a" (integer): the value 5 is greater than the maximum 1',
      'parameter "b" (string): is required and missing',
      'unknown parameters: "x", "y\n"',
    ]);
  });

  test.each([[null], [[]], ['text'], [3]])('%j is no request', async (body) => {
    expect(await errorsOf(endpoint, body)).toEqual([expect.stringContaining('must be a JSON object')]);
  });

  test('keys and the wish to wait are read and are no parameters', async () => {
    const parameters = await parametersOf(endpoint, {
      b: 'x',
      key: 'k',
      client_session_auth_key: 's',
      wait_for_result: false,
    });
    expect(parameters).toEqual({ b: 'x' });
  });

  test('a name of every object’s prototype is unknown, and no input that came', async () => {
    expect(await errorsOf(endpoint, JSON.parse('{"__proto__": 1, "b": "x", "toString": 2}'))).toEqual([
      'unknown parameters: "__proto__", "toString"',
    ]);
    expect(await errorsOf(endpointOf('toString = { type = "string", required = true }'), {})).toEqual([
      'parameter "toString" (string): is required and missing',
    ]);
  });
});
