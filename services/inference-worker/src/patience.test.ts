import { describe, expect, it } from '@jest/globals';
import { MeshError } from '@infermesh/errors';
import { withPatience } from './patience.js';

function failing(times: number, error: Error): { work: () => Promise<number>; tries: () => number } {
  let tries = 0;
  return {
    tries: () => tries,
    work: () => {
      tries += 1;
      return tries <= times ? Promise.reject(error) : Promise.resolve(tries);
    },
  };
}

const away = new MeshError('STORAGE_UNAVAILABLE', 'away');

describe('patience', () => {
  it.each([away, new MeshError('QUEUE_FULL', 'a crowd')])(
    'tries again while what is needed is away: %s',
    async (error) => {
      const { work } = failing(2, error);
      expect(await withPatience(work, { patienceMs: 60_000 })).toBe(3);
    },
  );

  it('ends with the last failure when its time is up', async () => {
    const { work, tries } = failing(Infinity, away);
    await expect(withPatience(work, { patienceMs: 0 })).rejects.toBe(away);
    expect(tries()).toBe(1);
  });

  it('raises at once what trying again cannot change', async () => {
    const { work, tries } = failing(Infinity, new MeshError('PAYLOAD_MISSING', 'never uploaded'));
    await expect(withPatience(work, { patienceMs: 60_000 })).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' });
    expect(tries()).toBe(1);
  });

  it("does not take one call's time limit for the job's", async () => {
    const { work } = failing(Infinity, new MeshError('DEADLINE_EXCEEDED', 'not answered'));
    await expect(withPatience(work, { patienceMs: 0 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('ends when its signal does', async () => {
    const stopping = new AbortController();
    const { work } = failing(Infinity, away);
    const onFailure = (): void => {
      stopping.abort();
    };
    await expect(withPatience(work, { patienceMs: 60_000, signal: stopping.signal, onFailure })).rejects.toBe(away);
  });
});
