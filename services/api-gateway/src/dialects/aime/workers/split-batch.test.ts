import { expect, it } from '@jest/globals';
import { splitBatch } from './split-batch.js';

it.each([
  ['[{"a": NaN}, {"b": {"c": []}}]', ['{"a": NaN}', '{"b": {"c": []}}']],
  [' {"a": [{"b": 1}]} ', ['{"a": [{"b": 1}]}']],
  ['[{"a": "}{\\"]"}, 5, "{}", [{"b": 1}], {}]', ['{"a": "}{\\"]"}', '{}']],
  ['[{"a": "open', []],
  ['[{"a": 1}, {"b":', ['{"a": 1}']],
  [']}{', []],
  [']} [{"a": [[{}]]}, [{}]]', ['{"a": [[{}]]}']],
  ['{}[{}]', ['{}', '{}']],
  ['nothing', []],
  ['', []],
])('finds the objects of %j', (text, objects) => {
  const bytes = Buffer.from(text);
  expect(splitBatch(bytes).map(([start, end]) => bytes.toString('utf8', start, end))).toEqual(objects);
});
