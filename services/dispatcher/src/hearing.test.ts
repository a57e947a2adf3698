import { describe, expect, it } from '@jest/globals';
import { Hearing } from './hearing.js';

describe('Hearing', () => {
  it('counts from the first look after a failure', () => {
    const hearing = new Hearing(3000);
    expect(hearing.heardForMs(0)).toBe(0);
    hearing.heard(1000);
    hearing.heard(2000);
    expect(hearing.heardForMs(2500)).toBe(1500);
    hearing.failed();
    expect(hearing.heardForMs(2600)).toBe(0);
    hearing.heard(3000);
    expect(hearing.heardForMs(3500)).toBe(500);
  });

  it('starts anew after the process stood still', () => {
    const hearing = new Hearing(3000);
    hearing.heard(1000);
    hearing.heard(40_000);
    expect(hearing.heardForMs(41_000)).toBe(1000);
  });
});
