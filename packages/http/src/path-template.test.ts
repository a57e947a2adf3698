import { describe, expect, it } from '@jest/globals';
import { compareSpecificity, parsePathTemplate, templatesOverlap } from './path-template.js';

const parse = (template: string): ReturnType<typeof parsePathTemplate> => parsePathTemplate(template, 'test');

describe('templatesOverlap', () => {
  it.each([
    ['/a/b', '/a/b/', true],
    ['/a/:x', '/a/b', true],
    ['/:x/b', '/a/:y', true],
    ['/a/*rest', '/a/b/c', true],
    ['/*rest', '/a', true],
    ['/*rest', '/', false],
    ['/a', '/a/*rest', false],
    ['/a/b', '/a/c', false],
    ['/a/:x', '/a/b/c', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect([templatesOverlap(parse(a), parse(b)), templatesOverlap(parse(b), parse(a))]).toEqual([expected, expected]);
  });
});

describe('compareSpecificity', () => {
  it('sorts literals before parameters before the rest', () => {
    const sorted = ['/*rest', '/:x/b', '/a/*rest', '/a/:x', '/a/b', '/a/:x/c'].map(parse).toSorted(compareSpecificity);
    const texts = sorted.map((segments) =>
      segments.map(({ kind, text }) => (kind === 'literal' ? text : kind)).join('/'),
    );
    expect(texts).toEqual(['a/b', 'a/param/c', 'a/param', 'a/rest', 'param/b', 'rest']);
  });
});

describe('parsePathTemplate', () => {
  it.each(['a', '/a//b', '/a/:', '/*x/b', '/a(b)', '/a?', '/é'])('refuses %s', (template) => {
    expect(() => parse(template)).toThrow(/test: /u);
  });
});
