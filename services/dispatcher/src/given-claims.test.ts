import { beforeEach, describe, expect, it } from '@jest/globals';
import { GivenClaims } from './given-claims.js';

const claim = { jobId: 'job-1', endpointId: 'e1', epoch: 3, tenantId: 't1' };

describe('GivenClaims', () => {
  let nowMs = 0;
  let claims: GivenClaims;

  beforeEach(() => {
    nowMs = 50;
    claims = new GivenClaims(1000, () => nowMs);
    claims.remember(claim);
  });

  it('knows a claim for the time of a lease', () => {
    nowMs += 999;
    expect(claims.findHeld(claim)).toMatchObject({ tenantId: 't1' });
    nowMs += 1;
    expect(claims.findHeld(claim)).toBeUndefined();
    expect(claims.findTenant('job-1')).toBe('t1');
  });

  it('knows it longer when it is renewed, under its own epoch', () => {
    nowMs += 900;
    claims.prolong('job-1', 2);
    claims.prolong('job-2', 3);
    nowMs += 100;
    expect(claims.findHeld(claim)).toBeUndefined();
    claims.prolong('job-1', 3);
    nowMs += 999;
    expect(claims.findHeld(claim)).toBeDefined();
    expect(claims.findTenant('job-2')).toBeUndefined();
  });

  it.each([{ epoch: 2 }, { epoch: 4 }, { endpointId: 'e2' }, { jobId: 'job-2' }])('knows no other: %j', (other) => {
    expect(claims.findHeld({ ...claim, ...other })).toBeUndefined();
  });

  it('knows the latest epoch alone', () => {
    claims.remember({ ...claim, epoch: 4 });
    expect(claims.findHeld(claim)).toBeUndefined();
    expect(claims.findHeld({ ...claim, epoch: 4 })).toBeDefined();
  });

  it('knows nothing of a claim that has ended', () => {
    claims.forget('job-1');
    expect(claims.findHeld(claim)).toBeUndefined();
    expect(claims.findTenant('job-1')).toBeUndefined();
  });

  it('forgets the oldest of very many', () => {
    for (let index = 0; index < 10_000; index += 1) claims.remember({ ...claim, jobId: `other-${index}` });
    expect(claims.findTenant('job-1')).toBeUndefined();
    expect(claims.findTenant('other-0')).toBe('t1');
  });
});
