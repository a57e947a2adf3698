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

  it('stores what OWASP asks for', async () => {
    expect(await new PasswordHasher().hash('x')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/u);
  });

  it('refuses more than may wait, and serves again afterwards', async () => {
    const hasher = new PasswordHasher();
    const burst = await Promise.allSettled(Array.from({ length: 40 }, () => hasher.hash('same')));
    expect(burst.filter(({ status }) => status === 'fulfilled')).toHaveLength(26);
    expect(burst.at(-1)).toMatchObject({ reason: { code: 'QUOTA_EXCEEDED', retryAfterSeconds: 1 } });
    expect(await hasher.verify(await hasher.hash('again'), 'again')).toBe(true);
    const busy = Array.from({ length: 26 }, () => hasher.hash('same'));
    await expect(hasher.verify(null, 'of nobody')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await Promise.all(busy);
    expect(await hasher.verify(null, 'of nobody')).toBe(false);
  });

  it('serves more than it runs at once', async () => {
    const hasher = new PasswordHasher();
    const hashes = await Promise.all(Array.from({ length: 7 }, () => hasher.hash('same')));
    expect(new Set(hashes).size).toBe(7);
  });
});
