import { describe, expect, it } from '@jest/globals';
import type { EsdBench } from '../esd-bench.js';

/** Dossier 5, roles. */
export function exerciseRoles(bench: () => EsdBench): void {
  const refused = (message: string) => ({ status: 400, body: { statusCode: 400, message } });
  const made = { status: 201, body: { statusCode: 201, message: 'role created' } };
  const namesOf = async (as: string): Promise<string[]> => {
    const { body } = await bench().v14.get('/roles', { as });
    return (body.data.roles as { role_name: string }[]).map(({ role_name }) => role_name);
  };

  describe('POST /roles', () => {
    it('makes a role, and overwrites it', async () => {
      const { v14 } = bench();
      for (const permissions of [['inference:all', 'checkpoint:list'], ['train:all']]) {
        expect(await v14.post('/roles', { role_name: 'painters', creator: 'admin', permissions })).toMatchObject(made);
        expect((await v14.get('/roles?role=painters', { as: 'admin' })).body.data.roles).toEqual([
          { role_name: 'painters', creator: 'admin', permissions },
        ]);
      }
    });

    it.each([
      ['no fields', {}, '[object has missing required properties (["creator","permissions","role_name"])]'],
      [
        'an empty name',
        { role_name: '', creator: 'admin', permissions: ['train:all'] },
        '[string "" is too short (length: 0, required minimum: 1) at role_name]',
      ],
      [
        'no permission',
        { role_name: 'x', creator: 'admin', permissions: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at permissions]',
      ],
      [
        'too many',
        { role_name: 'x', creator: 'admin', permissions: Array.from({ length: 21 }, () => 'train:all') },
        '[array is too long: must have at most 20 elements but instance has 21 elements at permissions]',
      ],
      [
        'a wrong type',
        { role_name: 1, creator: 'admin', permissions: ['train:all'] },
        '[instance type (integer) does not match any allowed primitive type (allowed: ["string"]) at role_name]',
      ],
      [
        'an unknown creator',
        { role_name: 'x', creator: 'ghost', permissions: ['train:all'] },
        'creator ghost not exist',
      ],
    ])('refuses %s', async (_name, body, message) => {
      const answer = await bench().v14.post('/roles', body);
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message }]);
    });

    it('refuses a creator who may not, or may not that much', async () => {
      const { v14 } = bench();
      const key = await bench().createUser('rolf', ['role:create', 'inference:all']);
      const rolf = v14.withKey(key);
      await bench().createUser('idle', []);
      const role = (permissions: string[], role_name = 'sketchers', creator = 'rolf') => ({
        role_name,
        creator,
        permissions,
      });
      expect(await v14.post('/roles', role(['train:all'], 'x', 'idle'))).toMatchObject(
        refused('creator idle not have permission to create role'),
      );
      expect(await rolf.post('/roles', role(['inference:list']))).toMatchObject(made);
      expect(await rolf.post('/roles', role(['train:all']))).toMatchObject(
        refused('creator rolf have not permission to create role with permission: [train:all]'),
      );
      expect(await rolf.post('/roles', role(['inference:all'], 'IT Operator'))).toMatchObject(
        refused('creator rolf not have permission to update role IT Operator'),
      );
    });

    it('needs no creator from 1.5 on', async () => {
      const { v15, v17 } = bench();
      for (const client of [v15, v17]) {
        expect(
          await client.post('/roles', { role_name: 'later', permissions: ['train:all'] }, { username: 'admin' }),
        ).toMatchObject(made);
      }
    });
  });

  describe('GET /roles', () => {
    it('has its own idea of paging', async () => {
      const { body } = await bench().v14.get('/roles', { as: 'admin' });
      expect(body).toMatchObject({ statusCode: 200, message: 'OK' });
      expect(body.data).toMatchObject({ previous_evaluated_key: 'not_applicable', last_evaluated_key: null });
    });

    it('orders by name, upwards in 1.4 and downwards later', async () => {
      const upwards = await namesOf('admin');
      expect(upwards).toEqual([...upwards].sort());
      expect(upwards).toContain('IT Operator');
      const { body } = await bench().v15.get('/roles', { username: 'admin' });
      const downwards = (body.data.roles as { role_name: string }[]).map(({ role_name }) => role_name);
      expect(downwards).toEqual(upwards.toReversed());
    });

    it('shows others what they made and have, or nothing', async () => {
      await bench().createUser('looker', ['role:list']);
      await bench().createUser('blind', ['train:all']);
      expect(await namesOf('looker')).toEqual(['looker-role']);
      expect(await namesOf('blind')).toEqual([]);
      expect(await bench().v15.get('/roles', { username: 'blind' })).toMatchObject({
        status: 403,
        body: { message: "User blind has no permissions: ['role:all', 'role:list']" },
      });
    });
  });

  describe('DELETE /roles', () => {
    it('takes a role from everybody, and passes over what is not there', async () => {
      const { v14 } = bench();
      await bench().createUser('holder', ['train:all']);
      const body = { role_name_list: ['holder-role', 'holder-role', 'ghost'] };
      const answer = await v14.delete('/roles', body);
      expect([answer.status, answer.body]).toEqual([204, {}]);
      expect((await v14.get('/users?username=holder', { as: 'admin' })).body.data.users).toMatchObject([{ roles: [] }]);
    });

    it('spares the default role, and with it the others of the request', async () => {
      const { v14 } = bench();
      await v14.post('/roles', { role_name: 'spared', creator: 'admin', permissions: ['train:all'] });
      const answer = await v14.delete('/roles', { role_name_list: ['spared', 'IT Operator'] });
      expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, message: 'cannot delete default role' }]);
      expect(await namesOf('admin')).toContain('spared');
    });

    it.each([
      [{}, '[object has missing required properties (["role_name_list"])]'],
      [
        { role_name_list: [] },
        '[array is too short: must have at least 1 elements but instance has 0 elements at role_name_list]',
      ],
      [{ role_name_list: [''] }, '[string "" is too short (length: 0, required minimum: 1) at role_name_list[0]]'],
    ])('refuses %j', async (body, message) => {
      expect(await bench().v14.delete('/roles', body)).toMatchObject(refused(message));
    });

    it('needs the permission', async () => {
      const key = await bench().createUser('vandal', ['role:create']);
      expect(await bench().v14.delete('/roles', { role_name_list: ['x'] }, { key })).toMatchObject({
        status: 403,
        body: { statusCode: 403, message: "User vandal has no permissions: ['role:delete']" },
      });
    });
  });
}
