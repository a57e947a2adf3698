import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { digestKey } from './digest-key.js';

describe('digestKey', () => {
  it('is HMAC-SHA256, whatever the lengths of pepper and key', () => {
    for (const pepper of ['', 'p', 'ü'.repeat(31), 'p'.repeat(64), 'p'.repeat(65), 'p'.repeat(200)]) {
      for (const key of ['', 'im_key', 'ключ', 'k'.repeat(1000)]) {
        expect(digestKey(pepper, key)).toBe(createHmac('sha256', pepper).update(key).digest('hex'));
      }
    }
  });
});
