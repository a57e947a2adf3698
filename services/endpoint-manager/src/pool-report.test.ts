import { describe, expect, it } from '@jest/globals';
import { PendingReport, type PoolReport } from './pool-report.js';

const state = { endpointId: 'e1', slots: 2, removed: false };

describe('PendingReport', () => {
  it('keeps lost workers until they were told, and those lost meanwhile', async () => {
    const pending = new PendingReport();
    const told: PoolReport[] = [];
    pending.addLost('a');
    await expect(pending.send(() => Promise.reject(new Error('away')), state)).rejects.toThrow('away');
    await pending.send((report) => {
      told.push(report);
      pending.addLost('b');
      return Promise.resolve();
    }, state);
    await pending.send((report) => Promise.resolve(void told.push(report)), state);
    expect(told).toEqual([
      { ...state, lostWorkers: ['a'] },
      { ...state, lostWorkers: ['b'] },
    ]);
  });

  it('drops the oldest beyond what one report may hold', async () => {
    const pending = new PendingReport();
    for (let index = 0; index < 1002; index += 1) pending.addLost(`w${index}`);
    await pending.send(({ lostWorkers }) => {
      expect(lostWorkers).toHaveLength(1000);
      expect(lostWorkers.slice(0, 1)).toEqual(['w2']);
      expect(lostWorkers.slice(-1)).toEqual(['w1001']);
      return Promise.resolve();
    }, state);
    expect.assertions(3);
  });
});
