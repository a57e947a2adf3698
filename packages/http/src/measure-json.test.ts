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
