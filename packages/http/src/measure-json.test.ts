import { expect, it } from '@jest/globals';
import { measureJson } from './measure-json.js';

it.each([
  ['1', 0, 0],
  ['[]', 1, 1],
  ['{"a":{"b":[]}}', 3, 5],
  ['[[],[],[]]', 2, 4],
  ['["[{:", "\\"[", "\\\\"]', 1, 1],
  ['"[', 0, 0],
  [']]][', 0, 1],
])('measures %j', (text, depth, partCount) => {
  expect(measureJson(Buffer.from(text))).toEqual({ depth, partCount });
});

it('passes over long texts, wherever quotes and escapes stand in them', () => {
  for (let length = 55; length < 75; length += 1) {
    const run = '{'.repeat(length);
    for (const text of [
      run,
      `${run}"`,
      `${run}\\`,
      `${run}\\"`,
      `${run}"${run}`,
      `${run}\\\\${run}"[`,
      `"${run}\n${run}`,
    ]) {
      const json = JSON.stringify({ [text]: [text, { a: text }] });
      expect(measureJson(Buffer.from(json))).toEqual({ depth: 3, partCount: 5 });
      expect(measureJson(Buffer.from(`"${text}`)).depth).toBeLessThanOrEqual(2 * length + 2); // ends, whatever it is
    }
  }
});
