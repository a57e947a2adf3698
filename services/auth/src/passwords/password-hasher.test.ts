import { describe, expect, it } from '@jest/globals';
import { PasswordHasher } from './password-hasher.js';

describe('PasswordHasher', () => {
  it('knows the right password from others, and from none', async () => {
    const hasher = new PasswordHasher();
    const stored = await hasher.hash('correct horse');
    expect(await hasher.verify(stored, 'correct horse')).toBe(true);
    expect(await hasher.verify(stored, 'wrong horse')).toBe(false);
    expect(await hasher.verify(null, 'nobody has this password')).toBe(false);
  });

  it('serves more than it runs at once', async () => {
    const hasher = new PasswordHasher();
    const hashes = await Promise.all(Array.from({ length: 7 }, () => hasher.hash('same')));
    expect(new Set(hashes).size).toBe(7);
  });
});
