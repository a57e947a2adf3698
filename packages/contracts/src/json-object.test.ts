import { describe, expect, it } from '@jest/globals';
import { jsonObject, jsonValue } from './json-object.js';

describe('jsonObject', () => {
  it('takes what JSON can say, as it is', () => {
    for (const text of ['{}', '{"a":[1,"b",null,true,{"c":{}}],"":-0.5}']) {
      const value: unknown = JSON.parse(text);
      expect(jsonObject.parse(value)).toBe(value);
    }
  });

  it.each([
    ['an array', [1]],
    ['null', null],
    ['a text', 'a'],
    ['a date', { at: new Date(0) }],
    ['bytes', { bytes: new Uint8Array(1) }],
    ['a map', { map: new Map() }],
    ['undefined', { a: undefined }],
    ['a function', { a: () => 1 }],
    ['no number', { a: [Number.NaN] }],
    ['no end', { a: { b: Infinity } }],
    ['a prototype', JSON.parse('{"a":{"__proto__":{"b":1}}}') as unknown],
  ])('refuses %s', (_, value) => {
    expect(jsonObject.safeParse(value).success).toBe(false);
  });
});

/** So many levels, with the outermost. */
function nested(depth: number): unknown {
  return JSON.parse(`${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`);
}

describe('depth', () => {
  it('is bounded, long before JSON.stringify or the stack give up', () => {
    expect(jsonObject.safeParse(nested(100)).success).toBe(true);
    expect(jsonObject.safeParse(nested(101)).success).toBe(false);
    expect(jsonValue.safeParse([[nested(98)]]).success).toBe(true);
    expect(jsonValue.safeParse([[nested(99)]]).success).toBe(false);
    expect(jsonValue.safeParse(nested(4000)).success).toBe(false);
  });
});

describe('jsonValue', () => {
  it('takes any JSON value', () => {
    for (const value of [null, 0, 'a', false, [[]], { a: 1 }]) expect(jsonValue.parse(value)).toBe(value);
    expect(jsonValue.safeParse(1n).success).toBe(false);
  });
});
