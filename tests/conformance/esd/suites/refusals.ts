import { openDatabase } from '@infermesh/database';
import { createLogger } from '@infermesh/telemetry';
import { describe, expect, it } from '@jest/globals';
import { testImage } from '../../../harness/test-image.js';
import type { EsdBench } from '../esd-bench.js';
import type { WireAnswer } from '../seed-client.js';

const said = ({ status, body }: WireAnswer): unknown[] => [status, body];
const many = (count: number): string[] => Array.from({ length: count }, () => 'x');

/** Rows of the dossier's tables that belong to no walk: what is too much, too early or too slow. */
export function exerciseRefusals(bench: () => EsdBench): void {
  const asAdmin = { as: 'admin' };
  const refused = (message: string): unknown[] => [400, { statusCode: 400, message }];
  const wish = { inference_type: 'Async', task_type: 'extra-single-image', models: { embeddings: [] } };

  it.each([
    ['DELETE', '/roles', 'role_name_list'],
    ['DELETE', '/users', 'user_name_list'],
    ['DELETE', '/inferences', 'inference_id_list'],
    ['DELETE', '/checkpoints', 'checkpoint_id_list'],
    ['DELETE', '/trainings', 'training_id_list'],
  ])('%s %s takes 1 to 100 names', async (method, path, field) => {
    const send = async (body: object): Promise<unknown[]> =>
      said(await bench().v14.request(method, path, { body, ...asAdmin }));
    expect(await send({})).toEqual(refused(`[object has missing required properties (["${field}"])]`));
    expect(await send({ [field]: [] })).toEqual(
      refused(`[array is too short: must have at least 1 elements but instance has 0 elements at ${field}]`),
    );
    expect(await send({ [field]: many(101) })).toEqual(
      refused(`[array is too long: must have at most 100 elements but instance has 101 elements at ${field}]`),
    );
    expect(await send({ [field]: [''] })).toEqual(
      refused(`[string "" is too short (length: 0, required minimum: 1) at ${field}[0]]`),
    );
    expect(await send({ [field]: 'x' })).toEqual(
      refused(`[instance type (string) does not match any allowed primitive type (allowed: ["array"]) at ${field}]`),
    );
  });

  it('POST /users takes 1 to 20 roles, and a claim that is one', async () => {
    const user = { username: 'x', password: 's3cret!', creator: 'admin' };
    expect(said(await bench().v14.post('/users', { ...user, roles: many(21) }, asAdmin))).toEqual(
      refused('[array is too long: must have at most 20 elements but instance has 21 elements at roles]'),
    );
    expect(said(await bench().v14.post('/users', { ...user, initial: 'yes' }, asAdmin))).toEqual(
      refused('[instance type (string) does not match any allowed primitive type (allowed: ["boolean"]) at initial]'),
    );
  });

  it('DELETE /trainings finds none from 1.6 on', async () => {
    const answer = await bench().v17.delete('/trainings', { training_id_list: ['x'] }, { username: 'admin' });
    expect([answer.status, answer.body.message]).toEqual([400, 'training with id x is not found']);
  });

  it('POST /inferences names the state of an endpoint that is not ready', async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    await using database = openDatabase({ url: bench().databaseUrl, maxConnections: 1, logger });
    const changed = { id: '01900000-0000-7000-8000-000000000001', name: 'esd-async-slow', status: 'creating' };
    await database.query(
      `INSERT INTO endpoint SELECT (jsonb_populate_record(e, $1)).* FROM endpoint e WHERE name = 'esd-async-local'`,
      [JSON.stringify(changed)],
    );
    try {
      const named = { ...wish, sagemaker_endpoint_name: 'esd-async-slow' };
      expect(said(await bench().v14.post('/inferences', named))).toEqual(
        refused('sagemaker endpoint is not ready with status: Creating'),
      );
    } finally {
      await database.query('DELETE FROM endpoint WHERE id = $1', [changed.id]);
    }
  });

  it('POST /inferences says that an endpoint is not there', async () => {
    const named = { ...wish, sagemaker_endpoint_name: 'esd-async-ghost' };
    expect(said(await bench().v14.post('/inferences', named))).toEqual(
      refused('no endpoint named "esd-async-ghost" is open to user "admin"'),
    );
  });

  describe('the gateway', () => {
    it('lets nobody make more jobs than a key may', async () => {
      expect((await bench().strict.post('/inferences', wish)).status).toBe(201);
      const answer = await bench().strict.post('/inferences', wish);
      expect(said(answer)).toEqual([429, { message: 'Too Many Requests' }]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('does not wait for a slow Real-time job, which goes on', async () => {
      const { impatient, v14 } = bench();
      const created = await impatient.post('/inferences', { ...wish, inference_type: 'Real-time' });
      const { id, api_params_s3_upload_url: url } = created.body.data.inference;
      const image = (await testImage(1600, 1200)).toString('base64');
      await fetch(url, { method: 'PUT', body: JSON.stringify({ upscaler_1: 'Lanczos', image }) });
      const started = await impatient.put(`/inferences/${id}/start`);
      expect(said(started)).toEqual([504, { message: 'Endpoint request timed out' }]);
      const waited = await v14.put(`/inferences/${id}/start`);
      expect(waited).toMatchObject({ status: 200, body: { data: { status: 'succeed' } } });
    });

    it('takes no body beyond its size', async () => {
      const answer = await bench().v14.post('/roles', { role_name: 'x'.repeat(100_000) });
      expect([answer.status, typeof answer.body.message]).toEqual([413, 'string']);
    });
  });
}
