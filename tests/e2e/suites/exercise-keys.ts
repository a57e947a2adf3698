import { describe, expect, it } from '@jest/globals';
import { createEndpoint } from '@infermesh/contracts';
import { EsdClient } from '../../harness/esd-client.js';
import { testImage } from '../../harness/test-image.js';
import type { MeshUnderTest } from './mesh-under-test.js';

/** Users, roles and keys, and what they may do. */
export function exerciseKeys(bench: () => MeshUnderTest): void {
  interface Answer {
    readonly status: number;
    readonly body: Record<string, unknown>;
  }

  async function ask(method: string, path: string, body?: object, key = bench().adminKey): Promise<Answer> {
    const answer = await fetch(`${bench().authUrl}${path}`, {
      method,
      headers: { 'x-api-key': key },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async function createUser(name: string, permissions: string[]): Promise<string> {
    await ask('PUT', `/roles/${name}-role`, { permissions });
    expect((await ask('PUT', `/users/${name}`, { password: 'a long password', roles: [`${name}-role`] })).status).toBe(
      201,
    );
    const { status, body } = await ask('POST', '/login', { name, password: 'a long password' }, '');
    expect(status).toBe(201);
    return String(body['key']);
  }

  describe('keys', () => {
    it('come from a password, work, are listed without their secret, and end at once when revoked', async () => {
      const key = await createUser('mia', ['inference:all', 'key:create']);
      expect(await ask('GET', '/whoami', undefined, key)).toMatchObject({
        status: 200,
        body: { user: 'mia', tenant: 'default' },
      });
      const client = new EsdClient(bench().url, key);
      expect((await client.request('GET', '/ping')).status).toBe(200);
      const { body } = await ask('GET', '/keys', undefined, key);
      expect(JSON.stringify(body)).not.toContain(key);
      const [{ id }] = body['keys'] as [{ id: string }];
      expect((await ask('DELETE', `/keys/${id}`, undefined, key)).status).toBe(204);
      expect((await client.request('GET', '/ping')).status).toBe(403);
    });

    it('narrowed to other things make no inference', async () => {
      const { body } = await ask('POST', '/keys', { name: 'narrow', scopes: ['key:list'] });
      const client = new EsdClient(bench().url, String(body['key']));
      expect(await client.create()).toMatchObject({
        status: 403,
        body: { message: "User admin has no permissions: ['inference:create']" },
      });
    });

    it('of one user do not reach the job of another, unless they may act for others', async () => {
      const ann = new EsdClient(bench().url, await createUser('ann', ['inference:all']));
      const bob = new EsdClient(bench().url, await createUser('bob', ['inference:all']));
      const id = await ann.prepare({ image: (await testImage()).toString('base64') });
      expect((await bob.get(id)).status).toBe(404);
      expect((await bob.start(id)).status).toBe(404);
      expect((await bench().client.get(id)).status).toBe(200);
      expect(await bob.create({ user_id: 'ann' })).toMatchObject({ status: 403 });
      expect((await ann.get(id)).body.data?.status).toBe('created');
    });
  });

  describe('acting for another user', () => {
    it('needs that there is one', async () => {
      expect(await bench().client.create({ user_id: 'ghost' })).toMatchObject({
        status: 400,
        body: { statusCode: 400, message: 'user: "ghost" not exist' },
      });
    });

    it('reaches the endpoints that are open to that user, not those open to the key', async () => {
      await createUser('zoe', ['inference:all']);
      const wanted = { kind: 'Async', tenantId: 'default', jobTypes: ['extra-single-image'], workers: 0 };
      for (const [name, role] of [
        ['for-operators', 'IT Operator'],
        ['for-zoe', 'zoe-role'],
      ] as const) {
        await bench().jobQueue.call(
          createEndpoint,
          { ...wanted, name, ownerRoles: [role] },
          { deadlineAt: Date.now() + 20_000 },
        );
      }
      const messageFor = async (user_id: string, sagemaker_endpoint_name: string): Promise<string | undefined> =>
        (await bench().client.create({ user_id, sagemaker_endpoint_name })).body.message;
      expect(await messageFor('zoe', 'for-operators')).toBe('no endpoint named "for-operators" is open to user "zoe"');
      expect(await messageFor('admin', 'for-zoe')).toBe('no endpoint named "for-zoe" is open to user "admin"');
      expect(await messageFor('zoe', 'for-zoe')).not.toMatch(/no endpoint named/u);
      expect((await bench().client.create({ user_id: 'zoe' })).status).toBe(201);
    });
  });

  describe('a wrong', () => {
    it('password is refused like an unknown name', async () => {
      const wrong = await ask('POST', '/login', { name: 'admin', password: 'not the password' }, '');
      const unknown = await ask('POST', '/login', { name: 'nobody', password: 'not the password' }, '');
      expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
      expect(unknown.body['error']).toMatchObject({ message: (wrong.body['error'] as { message: string }).message });
    });

    it('character is refused wherever it stands, before any door', async () => {
      const refused = { status: 400, body: { error: { code: 'BAD_REQUEST' } } };
      expect(await ask('POST', '/login', { name: 'a\0b', password: 'not the password' }, '')).toMatchObject(refused);
      expect(await ask('POST', '/login', { name: 'a\ud800b', password: 'not the password' }, '')).toMatchObject(
        refused,
      );
      expect(await ask('PUT', '/users/a%00b', {})).toMatchObject(refused);
      for (const field of ['user_id', 'sagemaker_endpoint_name']) {
        expect((await bench().client.create({ [field]: 'a\0b' })).status).toBe(400);
      }
    });

    it('length is refused in few words', async () => {
      for (const field of ['task_type', 'inference_type', 'user_id', 'sagemaker_endpoint_name']) {
        const { status, body } = await bench().client.create({ [field]: 'x'.repeat(5_000) });
        expect(status).toBe(400);
        expect(body.message).toMatch(
          /^\[string ".*" is too long \(length: 5000, maximum allowed: 200\)|not found in enum/u,
        );
        expect(body.message?.length).toBeLessThan(500);
      }
    });

    it('field is named', async () => {
      expect(await ask('POST', '/keys', { name: '' })).toMatchObject({
        status: 400,
        body: { error: { code: 'BAD_REQUEST', field: 'name' } },
      });
      expect(await ask('GET', '/nothing')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    });
  });
}
