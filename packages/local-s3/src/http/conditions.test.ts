import { describe, expect, it } from '@jest/globals';
import { checkReadConditions, checkWriteConditions, type HeaderReader } from './conditions.js';

const current = { etag: 'abc', lastModifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const sameTime = 'Fri, 02 Jan 2026 03:04:05 GMT';
const before = 'Fri, 02 Jan 2026 03:04:04 GMT';

function reader(headers: Record<string, string>): HeaderReader {
  return (name) => headers[name];
}

describe('conditions', () => {
  it.each([
    [{}, 'proceed'],
    [{ 'if-match': '"abc"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"x", "abc"' }, 'proceed'],
    [{ 'if-none-match': '"abc"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
    [{ 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-modified-since': sameTime }, 'not-modified'],
    [{ 'if-modified-since': before }, 'proceed'],
    [{ 'if-none-match': '"x"', 'if-modified-since': sameTime }, 'proceed'],
    [{ 'if-unmodified-since': sameTime }, 'proceed'],
    [{ 'if-match': '"abc"', 'if-unmodified-since': before }, 'proceed'],
  ])('for reading %j', (headers: Record<string, string>, expected) => {
    expect(checkReadConditions(reader(headers), current)).toBe(expected);
  });

  it.each([{ 'if-match': '"x"' }, { 'if-unmodified-since': before }])(
    'keep from reading: %j',
    (headers: Record<string, string>) => {
      expect(() => checkReadConditions(reader(headers), current)).toThrow(
        expect.objectContaining({ code: 'PreconditionFailed' }),
      );
    },
  );

  it.each([
    [{ 'if-none-match': '*' }, current, 'PreconditionFailed'],
    [{ 'if-none-match': '*' }, undefined, undefined],
    [{ 'if-match': '"abc"' }, current, undefined],
    [{ 'if-match': '"x"' }, current, 'PreconditionFailed'],
    [{ 'if-match': '"abc"' }, undefined, 'NoSuchKey'],
  ])('for writing %j over %j', (headers: Record<string, string>, present, code) => {
    const check = (): void => {
      checkWriteConditions(reader(headers), present);
    };
    if (code === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code }));
  });
});
