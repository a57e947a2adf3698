import { describe, expect, it } from '@jest/globals';
import { ToyClient } from '../../harness/toy-client.js';
import type { MeshUnderTest } from './mesh-under-test.js';

/** Another dialect on another runtime. */
export function exerciseToys(bench: () => MeshUnderTest): void {
  describe('another dialect on another runtime', () => {
    it('runs a durable job without a payload and hands out its file', async () => {
      const job = await bench().toys.untilEnded(await bench().toys.submit('toy-file', { say: 'hello' }));
      expect(job).toMatchObject({
        state: 'succeeded',
        dialect: 'toy',
        outputs: [{ name: 'said.txt', mediaType: 'text/plain', sizeBytes: 5 }],
      });
      expect(await (await fetch(job.outputs[0]?.url ?? '')).text()).toBe('hello');
    });

    it('answers an attached job at once, and keeps no record of it', async () => {
      expect(await bench().toys.perform('toy-echo', { say: 'hello' })).toEqual({
        status: 200,
        body: { echoed: { say: 'hello' } },
      });
    });

    it('never runs an attached job past its deadline, and says so', async () => {
      const answer = await bench().toys.perform('toy-sleep', { ms: 60_000 }, 300);
      expect(answer).toMatchObject({ status: 504, body: { problem: 'DEADLINE_EXCEEDED' } });
    });

    it('refuses an attached job that writes files', async () => {
      expect(await bench().toys.perform('toy-file', { say: 'x' })).toMatchObject({
        status: 400,
        body: { problem: 'BAD_REQUEST' },
      });
    });

    it('speaks in its own shape of what it does not know', async () => {
      expect(await bench().toys.request('GET', '/nothing')).toMatchObject({
        status: 404,
        body: { problem: 'NOT_FOUND' },
      });
      const stranger = new ToyClient(bench().toys.url, 'im_wrong');
      expect(await stranger.request('GET', '/jobs/x')).toMatchObject({
        status: 401,
        body: { problem: 'UNAUTHENTICATED' },
      });
    });
  });
}
