import { describe, expect, it } from '@jest/globals';
import type { AimeBench } from '../aime-bench.js';
import type { TakenJob } from '../aime-worker.js';
import { objectOf, type Json } from '../wire.js';

/** Section 7.5 of the dossier: 1 to 3 and 5 to 8. */
export function exerciseWorkers(bench: () => AimeBench): void {
  describe('1. the status banner', () => {
    it('says that the server is there, and knows job type and key', async () => {
      const { status, text } = await bench().workerOf('talk').checkStatus();
      expect(status).toBe(200);
      expect(objectOf(text)).toMatchObject({ cmd: 'ok', job_type_present: true, key_valid: true });
    });

    it('says so of a wrong key and an unknown job type too', async () => {
      const wrong = await bench().workerOf('talk', 'wrong').checkStatus();
      expect(objectOf(wrong.text)).toMatchObject({ job_type_present: true, key_valid: false });
      const unknown = await bench().workerOf('no_such_type').checkStatus();
      expect(objectOf(unknown.text)).toMatchObject({ job_type_present: false, key_valid: false });
    });

    it('lets workers of the newer kind log in', async () => {
      const worker = bench().workerOf('talk');
      const { name, jobType, authKey } = worker.identity;
      const parameters = { auth: name, job_type: jobType, auth_key: authKey, version: 3, max_batch_size: 8 };
      const login = { worker_parameters: parameters, model_parameters: { label: 'M', size: '8B' } };
      expect(objectOf((await worker.post('/worker_login', login)).text)).toMatchObject({ success: true });
      const refused = { ...login, worker_parameters: { ...parameters, job_type: 'no_such_type' } };
      expect(objectOf((await worker.post('/worker_login', refused)).text)).toMatchObject({
        success: false,
        error_msg: expect.any(String),
      });
    });
  });

  describe('2. a long poll', () => {
    it('ends with no_job, and the next one gets the job that came meanwhile', async () => {
      const worker = bench().workerOf('talk');
      const first = await worker.askForJobs();
      expect([first.status, objectOf(first.text)]).toEqual([200, expect.objectContaining({ cmd: 'no_job' })]);
      const asked = bench().clientOf('ada').ask('talk', { text: 'hello' });
      const job = await worker.takeJob();
      expect((await worker.finish(job.job_id, { text: 'done' })).status).toBe(200);
      expect(await asked).toMatchObject({ text: 'done' });
    });

    it('that waits is answered as soon as there is a job', async () => {
      const worker = bench().workerOf('talk');
      const taking = worker.takeJob();
      const asked = bench().clientOf('ada').ask('talk', { text: 'soon' });
      await worker.finish((await taking).job_id, { text: 'was soon' });
      expect(await asked).toMatchObject({ text: 'was soon' });
    });
  });

  describe('3. jobs', () => {
    it('come as the library needs them', async () => {
      const worker = bench().workerOf('talk');
      const asked = bench().clientOf('ada').ask('talk', { text: 'hello', seed: 5 });
      const { answer, jobs } = await worker.takeJobs();
      expect(answer).toMatchObject({
        cmd: 'job',
        endpoint_name: 'talk',
        progress_output_descriptions: { status: { type: 'string' } },
        final_output_descriptions: { text: { type: 'string' }, seed: { type: 'integer' } },
      });
      expect(answer).not.toHaveProperty('wait_for_result');
      expect(jobs).toEqual([
        expect.objectContaining({
          job_id: expect.any(String),
          text: 'hello',
          seed: 5,
          start_time: expect.any(Number),
          start_time_compute: expect.any(Number),
        }),
      ]);
      await worker.finish(jobs[0]?.job_id ?? '', { text: 'hello', seed: 5 });
      await asked;
    });

    it('of endpoints of one job type come to one worker, descriptions are objects without outputs of progress too', async () => {
      const worker = bench().workerOf('talk');
      const asked = bench().clientOf('eve').ask('talk_beside', { text: 'from eve' });
      const { answer, jobs } = await worker.takeJobs();
      expect(answer).toMatchObject({ endpoint_name: 'talk_beside', progress_output_descriptions: {} });
      await worker.finish(jobs[0]?.job_id ?? '', { text: 'to eve' });
      expect(await asked).toMatchObject({ text: 'to eve', ep_version: 1 });
    });

    it('come in batches of what waits already', async () => {
      const client = bench().clientOf('ada');
      const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => client.start('talk', { text: `batch ${n}` })));
      const work = (job: TakenJob): Json => ({ text: String(job['text']).toUpperCase() });
      await using worker = bench().serve('talk', work, { maxJobBatch: 4 });
      const results = await Promise.all(ids.map((id) => client.untilDone('talk', id)));
      expect(results.map(({ result }) => result['text']).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `BATCH ${n}`));
      expect(worker.batches).toBeLessThan(5);
    });

    it('are taken by one name while it works on others, as the generator does', async () => {
      await using _worker = bench().pythonWorker('talk', 'generator');
      const client = bench().clientOf('ada');
      const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
      const results = await Promise.all(texts.map((text) => client.ask('talk', { text })));
      expect(results.map(({ text }) => text)).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
    });

    it.each(['single', 'batch'])('are done by a worker in Python, %s', async (mode) => {
      await using worker = bench().pythonWorker('talk', mode);
      expect(await worker.told('status')).toMatchObject({ status: 200 });
      expect(await bench().clientOf('ada').ask('talk', { text: 'from python' })).toMatchObject({ text: 'FROM PYTHON' });
      await worker.told('done');
    });
  });

  describe('5. progress', () => {
    it('of one job reaches its client', async () => {
      const worker = bench().workerOf('talk');
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'slow' });
      const job = await worker.takeJob();
      expect(await worker.report(job.job_id, 40, { status: 'step 4', left: 'out' })).toHaveLength(1);
      const { status, body } = await client.poll('talk', id);
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({
          job_state: 'processing',
          progress: expect.objectContaining({
            progress: 40,
            progress_data: { status: 'step 4' },
            queue_position: 0,
            num_workers_online: expect.any(Number),
            estimate: expect.any(Number),
          }),
        }),
      ]);
      await worker.finish(job.job_id, { text: 'x' });
      expect((await client.untilDone('talk', id)).result).toMatchObject({ text: 'x' });
    });

    it('of a batch, which names its worker in the data alone', async () => {
      const worker = bench().workerOf('talk');
      const client = bench().clientOf('ada');
      const ids = [await client.start('talk', { text: 'one' }), await client.start('talk', { text: 'two' })];
      const { jobs } = await worker.takeJobs(2);
      const more = jobs.length === 2 ? jobs : [...jobs, await worker.takeJob()];
      const answers = await worker.reportBatch(
        more.map((job, index) => [job.job_id, 10 * (index + 1), { status: 'on' }]),
      );
      expect(answers).toHaveLength(2);
      for (const id of ids) {
        const { body } = await client.poll('talk', id);
        expect(body).toMatchObject({ job_state: 'processing', progress: { progress_data: { status: 'on' } } });
      }
      for (const job of more) await worker.finish(job.job_id, { text: 'x' });
    });

    it('of a batch is noted for every job, though one has a text that cannot be read', async () => {
      const worker = bench().workerOf('talk');
      const client = bench().clientOf('ada');
      const ids = [await client.start('talk', { text: 'one' }), await client.start('talk', { text: 'two' })];
      const first = await worker.takeJob();
      const second = await worker.takeJob();
      const answers = await worker.reportBatch([
        [first.job_id, 10, { status: 'half of a pair: \ud83d' }],
        [second.job_id, 20, { status: 'on' }],
      ]);
      expect(answers).toEqual([{ success: true }, { success: true }]);
      const seen = await Promise.all(ids.map(async (id) => (await client.poll('talk', id)).body));
      expect(seen.map(({ progress }) => progress)).toMatchObject([
        { progress: 10, progress_data: {} },
        { progress: 20, progress_data: { status: 'on' } },
      ]);
      for (const job of [first, second]) await worker.finish(job.job_id, { text: 'x' });
    });

    it('is answered whatever it is about', async () => {
      const worker = bench().workerOf('talk');
      expect(await worker.report('no such job', 5)).toHaveLength(1);
      expect(await worker.report('no such job', 5, null)).toHaveLength(1);
    });

    it('before it: position in the queue', async () => {
      const client = bench().clientOf('ada');
      const ids = [await client.start('talk', { text: '1' }), await client.start('talk', { text: '2' })];
      const positions = await Promise.all(ids.map(async (id) => (await client.poll('talk', id)).body));
      expect(positions).toMatchObject([
        { job_state: 'queued', progress: { queue_position: 1, progress: 0, progress_data: {} } },
        { job_state: 'queued', progress: { queue_position: 2 } },
      ]);
      await using _worker = bench().serve('talk', () => ({ text: 'x' }));
      for (const id of ids) await client.untilDone('talk', id);
    });
  });

  describe('6. cancelling', () => {
    it('a running job is told to its worker by the answer to its progress, and to pollers as an end', async () => {
      const worker = bench().workerOf('talk');
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'long' });
      const job = await worker.takeJob();
      expect(await worker.report(job.job_id, 1)).toEqual([expect.not.objectContaining({ canceled: true })]);
      expect((await client.cancel('talk', id)).status).toBe(200);
      expect(await worker.report(job.job_id, 2)).toEqual([
        expect.objectContaining({ job_id: job.job_id, canceled: true }),
      ]);
      expect((await worker.finish(job.job_id, { error: 'stopped' })).status).toBe(200);
      const { result } = await client.untilDone('talk', id);
      expect(result).toMatchObject({ success: true, error: expect.stringContaining('cancelled') });
    });

    it('a waiting job never reaches a worker', async () => {
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'never' });
      expect((await client.cancel('talk', id)).status).toBe(200);
      const after = await client.start('talk', { text: 'after' });
      const worker = bench().workerOf('talk');
      const job = await worker.takeJob();
      expect(job['text']).toBe('after');
      await worker.finish(job.job_id, { text: 'x' });
      expect((await client.untilDone('talk', id)).result).toHaveProperty('error');
      await client.untilDone('talk', after);
    });

    it('is for the owner', async () => {
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'mine' });
      const { status } = await bench().clientOf('bob').cancel('talk', id);
      expect(status).toBeGreaterThanOrEqual(400);
      await using _worker = bench().serve('talk', () => ({ text: 'kept' }));
      expect((await client.untilDone('talk', id)).result).toMatchObject({ text: 'kept' });
    });
  });

  describe('7. results', () => {
    it('that come twice, late, or for nobody are answered 200', async () => {
      const worker = bench().workerOf('talk');
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'once' });
      const job = await worker.takeJob();
      expect((await worker.finish(job.job_id, { text: 'first' })).status).toBe(200);
      expect((await worker.finish(job.job_id, { text: 'second' })).status).toBe(200);
      expect((await worker.finish('no such job', { text: 'x' })).status).toBe(200);
      expect((await client.untilDone('talk', id)).result).toMatchObject({ text: 'first' });
      // Again and again, until its lifetime ends.
      expect((await client.untilDone('talk', id)).result).toMatchObject({ text: 'first' });
    });

    it('are the declared outputs, an error in any case, and the times', async () => {
      const worker = bench().workerOf('talk');
      const asked = bench().clientOf('ada').ask('talk', { text: 'hello' });
      const job = await worker.takeJob();
      await worker.finish(job.job_id, { text: 'said', seed: 'no integer', secret: 'kept', finished_time: 5.5 });
      const result = await asked;
      expect(result).toMatchObject({
        success: true,
        job_id: expect.any(String),
        ep_version: 3,
        text: 'said',
        auth: worker.identity.name,
        finished_time: 5.5,
        start_time: expect.any(Number),
        compute_duration: expect.any(Number),
        total_duration: expect.any(Number),
      });
      expect(result).not.toHaveProperty('secret');
      expect(result).not.toHaveProperty('seed');
    });

    it('of a failure are a success with an error, sync and async', async () => {
      await using _worker = bench().serve('talk', () => ({ error: 'out of memory' }));
      const client = bench().clientOf('ada');
      expect(await client.ask('talk', { text: 'x' })).toMatchObject({ success: true, error: 'out of memory' });
      const { result } = await client.untilDone('talk', await client.start('talk', { text: 'x' }));
      expect(result).toMatchObject({ success: true, error: 'out of memory' });
    });
  });

  describe('8. a worker with a wrong key or an unknown job type', () => {
    it.each([
      ['talk', 'wrong'],
      ['no_such_type', 'whatever'],
    ])('is told to go, %s', async (jobType, key) => {
      await using worker = bench().pythonWorker(jobType, 'single', key);
      expect((await worker.told('refused'))['message']).toEqual(expect.stringMatching(/\w/u));
      expect(await worker.end()).toBe(3);
    });

    it('gets no hot loop, nor does its progress or result get in', async () => {
      const stranger = bench().workerOf('talk', 'wrong');
      const client = bench().clientOf('ada');
      const id = await client.start('talk', { text: 'safe' });
      const worker = bench().workerOf('talk');
      const job = await worker.takeJob();
      const forged = await stranger.finish(job.job_id, { text: 'forged' });
      expect([forged.status, objectOf(forged.text)['success']]).toEqual([200, false]);
      await worker.finish(job.job_id, { text: 'true' });
      expect((await client.untilDone('talk', id)).result).toMatchObject({ text: 'true' });
    });
  });
}
