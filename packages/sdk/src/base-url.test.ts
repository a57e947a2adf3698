import { describe, expect, test } from '@jest/globals';
import { parseBaseUrl } from './base-url.js';

describe('parseBaseUrl', () => {
  test.each([
    ['http://127.0.0.1:8600', 'http://127.0.0.1:8600/prod', 'http://127.0.0.1:8600'],
    ['http://127.0.0.1:8600/prod/', 'http://127.0.0.1:8600/prod', 'http://127.0.0.1:8600'],
    ['http://127.0.0.1:8600/', 'http://127.0.0.1:8600', 'http://127.0.0.1:8600'],
    [' https://mesh.example.org/eu/prod ', 'https://mesh.example.org/eu/prod', 'https://mesh.example.org/eu'],
    ['https://mesh.example.org/esd', 'https://mesh.example.org/esd', 'https://mesh.example.org/esd'],
    ['https://mesh.example.org/nonprod', 'https://mesh.example.org/nonprod', 'https://mesh.example.org/nonprod'],
  ])('%s', (text, esd, root) => {
    const urls = parseBaseUrl(text);
    expect(urls).toMatchObject({ esd, root });
    expect(parseBaseUrl(urls.address)).toEqual(urls);
  });

  test.each([
    '',
    'mesh.example.org',
    'ftp://mesh.example.org',
    'http://ada:secret@mesh',
    'http://mesh/prod?key=secret',
    'http://mesh/#secret',
  ])('refuses %j without repeating it', (text) => {
    expect(() => parseBaseUrl(text)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.not.stringContaining('secret') }),
    );
  });
});
