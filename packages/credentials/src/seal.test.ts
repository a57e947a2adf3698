import { describe, expect, it } from '@jest/globals';
import { Seal, digestKey } from './index.js';

const pepper = 'p'.repeat(32);

describe('Seal', () => {
  it('opens what it closed, and never shows it', () => {
    const seal = new Seal(pepper);
    const sealed = seal.close('im_secret ü');
    expect(sealed).not.toContain('secret');
    expect(seal.close('im_secret ü')).not.toBe(sealed);
    expect(new Seal(pepper).open(sealed)).toBe('im_secret ü');
  });

  it('seals alike when asked to, and another text otherwise', () => {
    const seal = new Seal(pepper);
    expect(seal.closeAlike('a')).toBe(new Seal(pepper).closeAlike('a'));
    expect(seal.closeAlike('a').slice(0, 16)).not.toBe(seal.closeAlike('b').slice(0, 16));
    expect(seal.open(seal.closeAlike('a'))).toBe('a');
  });

  it.each([
    ['altered', (sealed: string): string => `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`],
    ['cut', (sealed: string): string => sealed.slice(0, 10)],
    ['empty', (): string => ''],
  ])('refuses an %s text', (_name, spoil) => {
    const seal = new Seal(pepper);
    expect(() => seal.open(spoil(seal.close('hello')))).toThrow(/pepper/u);
  });

  it('refuses a text of another installation', () => {
    expect(() => new Seal('q'.repeat(32)).open(new Seal(pepper).close('hello'))).toThrow(/pepper/u);
  });
});

describe('digestKey', () => {
  it('depends on the pepper', () => {
    expect(digestKey(pepper, 'key')).toMatch(/^[0-9a-f]{64}$/u);
    expect(digestKey(pepper, 'key')).not.toBe(digestKey('q'.repeat(32), 'key'));
  });
});
