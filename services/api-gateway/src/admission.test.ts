import { describe, expect, it } from '@jest/globals';
import { Admission } from './admission.js';

describe('Admission', () => {
  it('refuses what is over the burst, says how long to wait, and admits again afterwards', () => {
    let now = 0;
    const admission = new Admission({ requestsPerSecond: 2, burst: 3 }, () => now);
    for (let request = 0; request < 3; request += 1) admission.admit('k1');
    expect(() => {
      admission.admit('k1');
    }).toThrow(expect.objectContaining({ code: 'QUOTA_EXCEEDED', retryAfterSeconds: 1 }));
    admission.admit('k2');
    now = 500;
    admission.admit('k1');
  });
});
