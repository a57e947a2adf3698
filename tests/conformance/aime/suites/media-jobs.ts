import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMediaService, type MediaService } from '../../../harness/media-service.js';
import { aPicture, aTone } from '../../../../packages/media/tests/made-by-ffmpeg.js';
import type { AimeBench } from '../aime-bench.js';
import type { Json } from '../wire.js';

const dataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;

function bytesOf(url: unknown): Buffer {
  const [head = '', body = ''] = String(url).split(',');
  expect(head).toMatch(/^data:[a-z]+\/\w+;base64$/u);
  const bytes = Buffer.from(body, 'base64');
  // Clients decode and encode again: the text has to be canonical.
  expect(bytes.toString('base64')).toBe(body);
  return bytes;
}

/** Section 7.5 of the dossier: 4. Pillow's part is played by the media room. */
export function exerciseMediaJobs(bench: () => AimeBench): void {
  describe('4. media', () => {
    let media: MediaService;

    beforeAll(async () => {
      media = await startMediaService();
    }, 60_000);

    afterAll(async () => {
      await media[Symbol.asyncDispose]();
    });

    const measured = (url: unknown): Promise<unknown> =>
      media.client.probe(bytesOf(url), { decode: true, deadlineAt: Date.now() + 60_000 });

    it('of a worker arrive as pictures, lists of pictures and sound, through a synchronous request', async () => {
      const [png, jpeg, wav] = await Promise.all([aPicture('png'), aPicture('jpeg'), aTone('wav', { seconds: 1 })]);
      const worker = bench().workerOf('paint');
      const asked = bench().clientOf('ada').ask('paint', {});
      const { answer, jobs } = await worker.takeJobs();
      expect(answer['final_output_descriptions']).toEqual({
        picture: { type: 'image', format: 'PNG', color_space: 'RGB' },
        plain: { type: 'image', format: 'JPEG', color_space: 'RGB' },
        pictures: { type: 'image_list', format: expect.stringMatching(/^JPE?G$/u), color_space: 'RGB' },
        speech: { type: 'audio' },
        width: { type: 'integer' },
      });
      await worker.finish(jobs[0]?.job_id ?? '', {
        picture: dataUrl('image/PNG', png),
        pictures: [dataUrl('image/JPEG', jpeg), dataUrl('image/PNG', png)],
        speech: dataUrl('audio/wav', wav),
      });
      const result = await asked;
      expect(await measured(result['picture'])).toMatchObject({ format: 'png', width: 64, height: 48 });
      const list = result['pictures'] as unknown[];
      expect(await Promise.all(list.map(measured))).toMatchObject([{ format: 'jpeg' }, { format: 'png' }]);
      expect(await measured(result['speech'])).toMatchObject({ kind: 'audio', format: 'wav' });
    });

    it('that are large arrive whole, by polling and at once', async () => {
      const wav = await aTone('wav', { seconds: 8 });
      expect(wav.length).toBeGreaterThan(1_000_000);
      await using _worker = bench().serve('paint', () => ({ speech: dataUrl('audio/wav', wav) }));
      const client = bench().clientOf('ada');
      const { result } = await client.untilDone('paint', await client.start('paint', {}));
      expect(bytesOf(result['speech']).equals(wav)).toBe(true);
      expect(bytesOf((await client.ask('paint', {}))['speech']).equals(wav)).toBe(true);
    });

    it('of a client reach the worker as the endpoint wants them, whatever the header says', async () => {
      const jpeg = await aPicture('jpeg', { width: 640, height: 320 });
      const worker = bench().workerOf('paint');
      const asked = bench()
        .clientOf('ada')
        .ask('paint', { start: dataUrl('image/WAV', jpeg) });
      const job = await worker.takeJob();
      expect(await measured(job['start'])).toMatchObject({ format: 'png', width: 32, height: 16 });
      await worker.finish(job.job_id, { width: 32 });
      expect((await asked)['width']).toBe(32);
    });

    it('of a client that are large reach the worker whole', async () => {
      const png = await aPicture('png', { width: 32, height: 32 });
      const worker = bench().workerOf('paint');
      const client = bench().clientOf('ada');
      const id = await client.start('paint', { start: dataUrl('image/png', png) });
      const job = (await worker.takeJob()) as Json;
      expect(bytesOf(job['start']).equals(png)).toBe(true);
      await worker.finish(String(job['job_id']), {});
      await client.untilDone('paint', id);
    });

    it('that are none are left out of the result', async () => {
      await using _worker = bench().serve('paint', () => ({ picture: 'https://example.com/x.png', width: 5 }));
      const result = await bench().clientOf('ada').ask('paint', {});
      expect(result).toMatchObject({ width: 5 });
      expect(result).not.toHaveProperty('picture');
    });
  });
}
