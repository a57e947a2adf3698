import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { decodeDataUrl, parseEndpoint, type JobEndpoint } from '../src/index.js';
import { findBreaches, fitNumber, type NumberLimits } from '../src/definition/number-limits.js';
import { fitSize } from '../src/media/fit-size.js';
import { ask, dataUrl, endpointOf, examplePath } from './load-example.js';
import { Random } from './random.js';

/** Every run has the same cases; another seed gives others. */
const seed = 20_261_121;

function limitsFrom(random: Random): NumberLimits {
  const some = (make: () => number): number | null => (random.next() < 0.6 ? make() : null);
  const min = some(() => random.int(-50, 50));
  const max = some(() => (min ?? 0) + random.int(0, 60));
  return { min, max, align: some(() => random.int(1, 20)) };
}

describe('numbers', () => {
  test('are fitted to the nearest value that is allowed, by trying them all', () => {
    const random = new Random(seed);
    for (let round = 0; round < 1000; round += 1) {
      const limits = limitsFrom(random);
      const value = random.int(-200, 200);
      const fitted = fitNumber(value, limits);
      const allowed = Array.from({ length: 801 }, (_, index) => index - 400).filter(
        (candidate) => findBreaches(candidate, limits).length === 0,
      );
      const distances = allowed.map((candidate) => Math.abs(candidate - value));
      const told = { value, limits, fitted };
      if (fitted === null) expect({ ...told, allowed }).toEqual({ ...told, allowed: [] });
      else {
        // A value outside is first brought to the limit; the multiple nearest to that is the nearest of all.
        expect({ ...told, distance: Math.abs(fitted - value) }).toEqual({ ...told, distance: Math.min(...distances) });
      }
    }
  });

  test('that are fractions keep to their grid', () => {
    const random = new Random(seed);
    for (let round = 0; round < 1000; round += 1) {
      const align = random.int(1, 40) / random.pick([10, 100, 8]);
      const limits = { min: null, max: null, align };
      const fitted = fitNumber(random.next() * 100 - 50, limits);
      expect({ align, breaches: findBreaches(fitted ?? NaN, limits) }).toEqual({ align, breaches: [] });
    }
  });
});

test('sizes are fitted within their limits, and keep their ratio where it fits', () => {
  const random = new Random(seed);
  for (let round = 0; round < 1000; round += 1) {
    const align = random.pick([null, 8, 16]);
    const side = { min: random.pick([null, 64]), max: random.pick([null, 512]), align };
    const size = [random.int(1, 2000), random.int(1, 2000)] as const;
    const rule = {
      supported: null,
      defaultValue: null,
      autoConvert: true,
      width: side,
      height: side,
      keepAspectRatio: true,
    };
    const fitted = fitSize(size, rule, true);
    const told = { size, side, fitted };
    if (fitted === null) throw new Error(JSON.stringify(told));
    expect({ ...told, breaches: fitted.flatMap((one) => findBreaches(one, side)) }).toEqual({ ...told, breaches: [] });
    const ratio = size[0] / size[1];
    // With limits of 64 and 512, ratios up to 8 can be kept but for the grid: half a step of the shorter side.
    const step = align ?? 1;
    const shorter = Math.min(...fitted);
    if (Math.max(ratio, 1 / ratio) < 4 && shorter > 4 * step) {
      expect(Math.abs(Math.log(fitted[0] / fitted[1] / ratio))).toBeLessThan(step / shorter);
    }
  }
});

describe('data URLs', () => {
  test('of any bytes are read back', () => {
    const random = new Random(seed);
    for (let length = 1; length < 300; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, () => random.int(0, 255)));
      const decoded = decodeDataUrl(dataUrl('image/png', bytes), length);
      expect(decoded.ok && Buffer.from(decoded.value.bytes).equals(bytes)).toBe(true);
      expect(decodeDataUrl(dataUrl('image/png', bytes), length - 1).ok).toBe(false);
    }
  });

  test('with a character changed are refused, or still of the length that they tell', () => {
    const random = new Random(seed);
    const url = dataUrl('image/png', Buffer.alloc(100, 7));
    for (let round = 0; round < 1000; round += 1) {
      const place = random.int(0, url.length - 1);
      const changed = url.slice(0, place) + String.fromCharCode(random.int(0, 300)) + url.slice(place + 1);
      const decoded = decodeDataUrl(changed, 100);
      if (decoded.ok) expect(decoded.value.bytes.length).toBeGreaterThanOrEqual(98);
    }
  });
});

describe('requests', () => {
  const endpoint: JobEndpoint = endpointOf(
    [
      'a = { type = "int", min = 3, max = 100, align = 32, auto_convert = true }',
      'b = { type = "float", min = -1, max = 1, default = 0.5, auto_convert = true }',
      'c = { type = "string", max_length = 3, auto_convert = true }',
      'd = { type = "bool", auto_convert = true }',
      'e = { type = "selection", supported = ["x", 1, true], auto_convert = true }',
      'f = { type = "json", auto_convert = true }',
      'g = { type = "int", max = 5 }',
    ].join('\n'),
  );
  const values = [
    null,
    0,
    -0,
    1,
    1.5,
    -7,
    1e300,
    '',
    'x',
    '12',
    '😀😀😀😀',
    '{"a":1}',
    '[',
    true,
    false,
    [],
    [1],
    {},
    { a: [null] },
  ];

  test('that are accepted are accepted again with what came of them, and it stays', async () => {
    const random = new Random(seed);
    let accepted = 0;
    const failures: unknown[] = [];
    for (let round = 0; round < 3000; round += 1) {
      const body = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, random.pick(values)]));
      const first = await ask(endpoint, body);
      if (!first.ok) continue;
      accepted += 1;
      const parameters = Object.fromEntries(first.parameters);
      // JSON that was null is a missing value when it comes back.
      const second = await ask(endpoint, parameters);
      const again = second.ok ? { f: null, ...Object.fromEntries(second.parameters) } : second.errors;
      if (!isDeepStrictEqual(again, { f: null, ...parameters })) failures.push({ body, parameters, again });
    }
    expect(failures).toEqual([]);
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('files', () => {
  test('with pieces lost, doubled or changed are read or told, and never thrown', async () => {
    const text = await readFile(examplePath('every-key.toml'), 'utf8');
    const lineCount = text.split('\n').length;
    const random = new Random(seed);
    const pieces = [
      '=',
      '{',
      '}',
      '[',
      ']',
      '"',
      '\n',
      '.',
      '1e999',
      'nan',
      'inf',
      '-1',
      '[[INPUTS]]',
      '__proto__',
      '"\\u0000"',
      '0x7fffffffffffffff',
    ];
    let broken = 0;
    for (let round = 0; round < 200; round += 1) {
      const start = random.int(0, text.length);
      const end = start + random.int(0, 40);
      const changed = text.slice(0, start) + random.pick(['', text.slice(start, end), ...pieces]) + text.slice(end);
      const { endpoint, problems } = parseEndpoint(changed, examplePath('every-key.toml'));
      if (endpoint !== null) continue;
      broken += 1;
      expect(problems.some(({ severity }) => severity === 'mistake')).toBe(true);
      for (const { line, column } of problems) {
        expect(line).toBeLessThanOrEqual(lineCount + 40);
        expect(Math.min(line, column)).toBeGreaterThan(0);
      }
    }
    expect(broken).toBeGreaterThan(50);
  });
});
