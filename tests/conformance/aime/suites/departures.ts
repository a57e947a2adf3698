import { describe, expect, it } from '@jest/globals';
import { killProcess } from '../../../harness/mesh-process.js';
import type { AimeBench } from '../aime-bench.js';

/** Section 7.5 of the dossier: 11 and 12. */
export function exerciseDepartures(bench: () => AimeBench): void {
  describe('11. a synchronous client that leaves while its job is done', () => {
    it('harms nobody: its worker takes the next job', async () => {
      const worker = bench().workerOf('talk');
      const leaving = new AbortController();
      const left = bench()
        .clientOf('ada')
        .submit('talk', { text: 'left' }, { wait: true, signal: leaving.signal })
        .catch(() => 'left');
      const job = await worker.takeJob();
      leaving.abort();
      expect(await left).toBe('left');
      expect((await worker.finish(job.job_id, { text: 'for nobody' })).status).toBe(200);
      const next = bench().clientOf('bob').ask('talk', { text: 'next' });
      const another = await worker.takeJob();
      expect(another['text']).toBe('next');
      await worker.finish(another.job_id, { text: 'served' });
      expect(await next).toMatchObject({ text: 'served' });
    });

    it('while it waits takes its job with it', async () => {
      const leaving = new AbortController();
      const left = bench()
        .clientOf('ada')
        .submit('talk', { text: 'left early' }, { wait: true, signal: leaving.signal })
        .catch(() => 'left');
      leaving.abort();
      expect(await left).toBe('left');
      const next = bench().clientOf('ada').ask('talk', { text: 'stayed' });
      const worker = bench().workerOf('talk');
      const job = await worker.takeJob();
      // It may have gone before it was heard: then the job is taken, and its result is for nobody.
      await worker.finish(job.job_id, { text: 'x' });
      if (job['text'] === 'left early') await worker.finish((await worker.takeJob()).job_id, { text: 'x' });
      expect(await next).toMatchObject({ text: 'x' });
    });
  });

  describe('12. a worker that dies with a job', () => {
    it('loses it to another one within the time that its endpoint allows', async () => {
      const client = bench().clientOf('ada');
      await using doomed = bench().pythonWorker('brittle', 'hang');
      const id = await client.start('brittle', { text: 'again' });
      await doomed.told('hanging');
      await killProcess(doomed.child);
      await using _worker = bench().serve('brittle', (job) => ({ text: String(job['text']).toUpperCase() }));
      expect((await client.untilDone('brittle', id)).result).toMatchObject({ text: 'AGAIN' });
    });

    it('while it polls loses none', async () => {
      const client = bench().clientOf('ada');
      const doomed = bench().workerOf('brittle');
      const leaving = new AbortController();
      const polling = doomed.askForJobs(1, leaving.signal).catch(() => undefined);
      const id = await client.start('brittle', { text: 'kept' });
      leaving.abort();
      await polling;
      await using _worker = bench().serve('brittle', (job) => ({ text: String(job['text']).toUpperCase() }));
      expect((await client.untilDone('brittle', id)).result).toMatchObject({ text: 'KEPT' });
    });
  });
}
