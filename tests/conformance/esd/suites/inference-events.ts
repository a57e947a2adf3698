import { describe, expect, it } from '@jest/globals';
import { testImage } from '../../../harness/test-image.js';
import type { EsdBench } from '../esd-bench.js';
import { listenTo, type HeardEvent } from '../event-source.js';

/** Ours: `wait` by server-sent events. */
export function exerciseInferenceEvents(bench: () => EsdBench): void {
  const createdJob = async (userId = 'admin'): Promise<{ id: string; path: string; uploadUrl: string }> => {
    const body = { user_id: userId, inference_type: 'Async', task_type: 'extra-single-image', models: {} };
    const { inference } = (await bench().v14.post('/inferences', body)).body.data;
    const { id, api_params_s3_upload_url: uploadUrl } = inference;
    return { id, path: `/inferences/${id}/events`, uploadUrl };
  };
  const startedJob = async (): Promise<{ id: string; path: string }> => {
    const job = await createdJob();
    const image = (await testImage()).toString('base64');
    await fetch(job.uploadUrl, { method: 'PUT', body: JSON.stringify({ upscaler_1: 'Nearest', image }) });
    await bench().v14.put(`/inferences/${job.id}/start`);
    return job;
  };
  const listen = (path: string, lastEventId?: string): AsyncGenerator<HeardEvent> =>
    listenTo(`${bench().v14.url}${path}`, bench().adminKey, lastEventId);
  const allOf = async (events: AsyncIterable<HeardEvent>): Promise<HeardEvent[]> => {
    const heard: HeardEvent[] = [];
    for await (const event of events) heard.push(event);
    return heard;
  };

  describe('GET /inferences/{id}/events', () => {
    it('tells of a job until it has ended, and again what a client missed', async () => {
      const { id, path } = await startedJob();
      const heard = await allOf(listen(path));
      expect(heard.map(({ event }) => event)).toEqual(heard.map(() => 'state'));
      const last = heard.at(-1);
      expect(last).toMatchObject({
        id: 'final',
        data: { InferenceJobId: id, status: 'succeed', state: 'succeeded', inference: { image_names: ['image.png'] } },
      });
      expect((await fetch(last?.data.inference?.img_presigned_urls[0] ?? '')).status).toBe(200);

      const first = (await allOf(listen(path, '1')))[0];
      expect(first).toMatchObject({ data: { InferenceJobId: id, status: 'inprogress', state: 'queued' } });
      const replayed = await allOf(listen(path, first?.id));
      expect(replayed.map(({ data }) => data.state)).toEqual(['active', 'succeeded']);
      expect(await bench().v14.get(path, { headers: { 'last-event-id': 'final' } })).toMatchObject({ status: 204 });
    });

    it('tells a job that ended before with one event', async () => {
      const { id, path } = await createdJob();
      await bench().v14.put(`/inferences/${id}/cancel`);
      expect(await allOf(listen(path))).toMatchObject([
        { id: 'final', data: { status: 'failed', state: 'cancelled', inference: { error: { code: 'CANCELLED' } } } },
      ]);
    });

    it('breaks off when the job is deleted', async () => {
      const { id, path } = await createdJob();
      const events = listen(path);
      expect((await events.next()).value).toMatchObject({ data: { state: 'created' } });
      await bench().v14.delete('/inferences', { inference_id_list: [id] });
      expect(await allOf(events)).toMatchObject([{ event: 'error', data: { code: 'NOT_FOUND' } }]);
    });

    it('closes when the key is revoked', async () => {
      const key = await bench().createUser('listener', ['inference:all']);
      const { path } = await createdJob('listener');
      const events = listenTo(`${bench().v14.url}${path}`, key);
      expect((await events.next()).value).toMatchObject({ data: { state: 'created' } });
      const { authUrl } = bench();
      const who = await fetch(`${authUrl}/whoami`, { headers: { 'x-api-key': key } });
      const { keyId } = (await who.json()) as { keyId: string };
      const revoked = await fetch(`${authUrl}/keys/${keyId}`, { method: 'DELETE', headers: { 'x-api-key': key } });
      expect(revoked.status).toBe(204);
      expect(await allOf(events)).toMatchObject([{ event: 'error', data: { code: 'UNAUTHENTICATED' } }]);
    });

    it('refuses who may not look, ids that are none, and a wrong Last-Event-ID', async () => {
      const stranger = await bench().createUser('eavesdropper', ['inference:all']);
      const { path } = await createdJob();
      expect(await bench().v14.get(path, { key: stranger })).toMatchObject({ status: 404 });
      expect(await bench().v14.get('/inferences/99/events')).toMatchObject({
        status: 404,
        body: { statusCode: 404, message: 'inference with id 99 not found' },
      });
      expect(await bench().v14.get(path, { headers: { 'last-event-id': 'x' } })).toMatchObject({ status: 400 });
    });
  });
}
