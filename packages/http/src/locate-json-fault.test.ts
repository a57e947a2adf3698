import { describe, expect, it } from '@jest/globals';
import { locateJsonFault } from './locate-json-fault.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('locateJsonFault', () => {
  it.each([
    ['', 1, 1],
    ['{"a":1,}', 1, 8],
    ['[1,\n 2,\n x]', 3, 2],
    ['{"a" 1}', 1, 6],
    ['[1] 2', 1, 5],
    ['"a\nb"', 1, 3],
    ['{"a":"b', 1, 8],
    ['01', 1, 2],
    ["{'a':1}", 1, 2],
    ['[1,,2]', 1, 4],
  ])('finds the fault of %j', (text, line, column) => {
    expect(locateJsonFault(text)).toMatchObject({ line, column });
  });

  it('agrees with the engine on what is JSON', () => {
    const seed = '{"a":[1,-2.5e+3,true,null,"x\\u00e9\\n"],"b":{"c":{}},"d":[[],[{}]]}';
    for (let at = 0; at < seed.length; at += 1) {
      for (const change of ['', '"', '\\', ',', ']', '}', '{', '[', ':', '0', '-', 'e', ' ', '\u0001']) {
        const text = `${seed.slice(0, at)}${change}${seed.slice(at + 1)}`;
        expect([text, locateJsonFault(text) === undefined]).toEqual([text, isJson(text)]);
      }
    }
  });

  it('walks a million brackets', () => {
    expect(locateJsonFault('['.repeat(1_000_000))).toMatchObject({ offset: 1_000_000 });
  });
});
