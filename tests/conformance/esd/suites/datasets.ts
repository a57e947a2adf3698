import { describe, expect, it } from '@jest/globals';
import type { EsdBench } from '../esd-bench.js';

/** Dossier 11: datasets are kept, and nothing trains on them. */
export function exerciseDatasets(bench: () => EsdBench): void {
  const asAdmin = { as: 'admin' };
  const wish = (fields: object = {}) => ({
    dataset_name: 'cats',
    content: [
      { filename: 'a.png', name: 'a.png', type: 'image', params: { caption: 'a cat' } },
      { filename: 'b.png', name: 'b.png', type: 'image', params: {} },
    ],
    creator: 'admin',
    params: { description: 'of cats' },
    ...fields,
  });

  describe('datasets', () => {
    it('are made, filled, enabled, listed, shown and deleted', async () => {
      const { v14 } = bench();
      const made = await v14.post('/datasets', wish());
      expect(made).toMatchObject({ status: 201, body: { statusCode: 201, data: { datasetName: 'cats' } } });
      const urls = made.body.data.s3PresignUrl as Record<string, string>;
      expect(Object.keys(urls)).toEqual(['a.png', 'b.png']);
      expect((await fetch(urls['a.png'] ?? '', { method: 'PUT', body: 'meow' })).status).toBe(200);
      expect(await v14.post('/datasets', wish())).toMatchObject({
        status: 400,
        body: { message: 'dataset cats already exists' },
      });
      expect((await v14.put('/datasets/cats', { status: 'Enabled' })).body).toEqual({
        statusCode: 200,
        message: 'OK',
        data: { datasetName: 'cats', status: 'Enabled' },
      });
      const shown = {
        datasetName: 'cats',
        s3: expect.stringMatching(/^s3:\/\/infermesh\/datasets\//u) as unknown,
        status: 'Enabled',
        timestamp: expect.stringMatching(/^\d+\.\d{6}$/u) as unknown,
        description: 'of cats',
        allowed_roles_or_users: ['IT Operator'],
      };
      expect((await v14.get('/datasets', asAdmin)).body.data).toEqual({ datasets: [shown] });
      const { data } = (await v14.get('/datasets/cats', asAdmin)).body;
      expect(data).toMatchObject({ ...shown, dataset_name: 'cats' });
      expect(data.data[0]).toMatchObject({ key: 'a.png', type: 'image', caption: 'a cat', dataStatus: 'Enabled' });
      expect(await (await fetch(data.data[0]?.preview_url ?? '')).text()).toBe('meow');
      const gone = await v14.delete('/datasets', { dataset_name_list: ['cats', 'ghost'] });
      expect([gone.status, gone.body]).toEqual([204, {}]);
      expect((await v14.get('/datasets', asAdmin)).body.data).toEqual({ datasets: [] });
    });

    it('that are not there are not found', async () => {
      const { v14 } = bench();
      for (const name of ['ghost', 'no%20name']) {
        const missing = {
          status: 404,
          body: { statusCode: 404, message: `dataset ${decodeURIComponent(name)} is not found` },
        };
        expect(await v14.get(`/datasets/${name}`, asAdmin)).toMatchObject(missing);
        expect(await v14.put(`/datasets/${name}`, { status: 'Enabled' })).toMatchObject(missing);
      }
    });

    it.each([
      [
        'no fields',
        { dataset_name: undefined, content: undefined, creator: undefined },
        '[object has missing required properties (["content","creator","dataset_name"])]',
      ],
      [
        'a long name',
        { dataset_name: 'x'.repeat(21) },
        `[string "${'x'.repeat(20)}" is too long (length: 21, maximum allowed: 20) at dataset_name]`,
      ],
      [
        'a wrong name',
        { dataset_name: '1x' },
        '[ECMA 262 regex "^[A-Za-z][A-Za-z0-9_-]*$" does not match input string "1x" at dataset_name]',
      ],
      [
        'no content',
        { content: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at content]',
      ],
      ['an unknown creator', { creator: 'ghost' }, 'creator ghost not exist'],
      ['a file outside', { content: [{ filename: '../x' }] }, 'file is not usable in an object key: "../x"'],
    ])('refuse %s', async (_name, fields, message) => {
      const answer = await bench().v14.post('/datasets', wish(fields));
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message }]);
    });

    it('are for those who may train, and open to the roles of who made them', async () => {
      const { v14, v15 } = bench();
      await bench().createUser('watcher', ['inference:all']);
      const trainer = await bench().createUser('trainer', ['train:all']);
      const refused = { status: 400, body: { statusCode: 400, message: 'user has no permission to train' } };
      expect(await v14.post('/datasets', wish({ creator: 'watcher' }))).toMatchObject(refused);
      expect(await v14.get('/datasets', { as: 'watcher' })).toMatchObject(refused);
      expect(await v15.get('/datasets', { username: 'watcher' })).toMatchObject({
        status: 403,
        body: { message: "User watcher has no permissions: ['train:all', 'train:list']" },
      });
      await v14.post('/datasets', wish({ dataset_name: 'dogs' }));
      expect((await v14.get('/datasets', { key: trainer, as: 'trainer' })).body.data).toEqual({ datasets: [] });
      expect(await v14.get('/datasets/dogs', { key: trainer, as: 'trainer' })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: 'no permission to view dataset' },
      });
    });

    it('are changed and deleted by nobody to whom they are not open', async () => {
      const { v14 } = bench();
      const vandal = await bench().createUser('vandal', ['train:all']);
      await v14.post('/datasets', wish({ dataset_name: 'birds' }));
      expect(await v14.put('/datasets/birds', { status: 'Disabled' }, { key: vandal })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: 'no permission to view dataset' },
      });
      const names = { dataset_name_list: ['birds'] };
      expect((await v14.delete('/datasets', names, { key: vandal })).status).toBe(204);
      expect((await v14.get('/datasets/birds', asAdmin)).body.data).toMatchObject({ status: 'Initialed' });

      await v14.post('/datasets', wish({ dataset_name: 'nest', creator: 'vandal' }));
      expect((await v14.delete('/datasets', { dataset_name_list: ['nest'] })).status).toBe(204);
      expect((await v14.get('/datasets/nest', { key: vandal, as: 'vandal' })).status).toBe(404);
    });
  });

  describe('trainings', () => {
    it('are none', async () => {
      const { v14, v15, v17 } = bench();
      expect((await v14.get('/trainings', asAdmin)).body).toEqual({
        statusCode: 200,
        message: 'OK',
        data: { trainJobs: [] },
      });
      expect((await v15.get('/trainings', { username: 'admin' })).body.data).toEqual({
        trainings: [],
        last_evaluated_key: null,
      });
      expect(await v14.get('/trainings/x')).toMatchObject({
        status: 404,
        body: { message: 'Job with id x not found' },
      });
      for (const verb of ['start', 'stop'])
        expect(await v14.put(`/trainings/x/${verb}`)).toMatchObject({
          status: 404,
          body: { message: 'no such train job with id(x)' },
        });
      expect(await v14.post('/trainings', { train_type: 'x' })).toMatchObject({ status: 400 });
      expect((await v14.delete('/trainings', { training_id_list: ['x'] })).status).toBe(204);
      expect((await v17.delete('/trainings', { training_id_list: ['x'] })).status).toBe(400);
    });
  });
}
