import { describe, expect, it } from '@jest/globals';
import type { EsdBench } from '../esd-bench.js';

/** Dossier 5, users. */
export function exerciseUsers(bench: () => EsdBench): void {
  const created = { status: 201, body: { statusCode: 201, message: 'Created' } };
  const answer = (status: number, message: string) => ({ status, body: { statusCode: status, message } });
  const user = (username: string, fields: object = {}) => ({
    username,
    password: 's3cret!',
    creator: 'admin',
    roles: ['IT Operator'],
    ...fields,
  });

  interface ShownUser {
    readonly username: string;
    readonly roles: string[];
    readonly password: string;
  }
  const listed = async (as: string, query = ''): Promise<ShownUser[]> =>
    (await bench().v14.get(`/users${query}`, { as })).body.data.users;

  describe('POST /users', () => {
    it('makes a user, and changes it', async () => {
      const { v14 } = bench();
      expect(await v14.post('/users', user('mia'), { as: 'admin' })).toMatchObject(created);
      await v14.post('/roles', { role_name: 'mixers', creator: 'admin', permissions: ['train:all'] });
      const changed = await v14.post('/users', user('mia', { roles: ['mixers'] }), { as: 'admin' });
      expect([changed.status, changed.body]).toEqual([201, { statusCode: 201, message: 'Created' }]);
      expect(await listed('admin', '?username=mia')).toEqual([
        { username: 'mia', roles: ['mixers'], creator: 'admin', permissions: ['train:all'], password: '********' },
      ]);
    });

    it.each([
      ['no fields', {}, 400, '[object has missing required properties (["creator","username"])]'],
      ['an empty name', user(''), 400, '[string "" is too short (length: 0, required minimum: 1) at username]'],
      [
        'an empty password',
        user('x', { password: '' }),
        400,
        '[string "" is too short (length: 0, required minimum: 1) at password]',
      ],
      [
        'no role',
        user('x', { roles: [] }),
        400,
        '[array is too short: must have at least 1 elements but instance has 0 elements at roles]',
      ],
      ['an unknown creator', user('x', { creator: 'ghost' }), 400, 'creator ghost not exist'],
      ['an unknown role', user('x', { roles: ['nope'] }), 400, 'user roles "nope" not exist'],
    ])('refuses %s', async (_name, body, status, message) => {
      expect(await bench().v14.post('/users', body, { as: 'admin' })).toMatchObject(answer(status, message));
    });

    it('takes an empty password from 1.6 on, and no creator from 1.5 on', async () => {
      const { v15, v17 } = bench();
      const { creator: _creator, ...body } = user('late', { password: '' });
      expect(await v17.post('/users', body, { username: 'admin' })).toMatchObject(created);
      expect((await v15.post('/users', body, { username: 'admin' })).status).toBe(400);
      const { body: list } = await v15.get('/users?username=late', { username: 'admin' });
      expect(list.data.users).toMatchObject([{ username: 'late', creator: 'admin', password: '*' }]);
    });

    it('lets nobody hand out, or take over, more than it has', async () => {
      const { v14 } = bench();
      await bench().createUser('ida', ['train:all']);
      const uma = v14.withKey(await bench().createUser('uma', ['user:create', 'inference:all']));
      const by = (name: string, creator: string, roles: string[]) => user(name, { creator, roles });
      expect(await v14.post('/users', by('x', 'ida', ['ida-role']), { as: 'admin' })).toMatchObject(
        answer(403, 'creator ida does not have permission to manage the user'),
      );
      expect(await uma.post('/users', by('x', 'uma', ['ida-role']), { as: 'uma' })).toMatchObject(
        answer(403, 'creator has no permission to assign permission [train:all] to others'),
      );
      expect(await uma.post('/users', by('ida', 'uma', ['uma-role']), { as: 'uma' })).toMatchObject(
        answer(400, 'username ida has already exists, creator uma does not have permissions to change it'),
      );
      expect(await uma.post('/users', by('una', 'uma', ['uma-role']), { as: 'uma' })).toMatchObject(created);
      expect(await uma.post('/users', by('y', 'uma', ['ida-role', 'nope']), { as: 'uma' })).toMatchObject({
        status: 403,
      });
    });

    it('that is initial makes an administrator, again and again, for administrators alone', async () => {
      const { v14, v15 } = bench();
      const first = user('root', { initial: true, roles: undefined });
      for (const _again of [1, 2]) {
        const { status, body } = await v14.post('/users', first, { as: 'root' });
        expect([status, body]).toEqual([
          201,
          {
            statusCode: 201,
            message: 'Created',
            data: { user: { username: 'root', roles: ['IT Operator'] }, all_roles: ['IT Operator'] },
          },
        ]);
      }
      expect((await v15.post('/users', first, { username: 'admin' })).body.data.all_roles).toEqual([
        'IT Operator',
        'byoc',
      ]);
      expect((await v14.get('/roles?role=byoc', { as: 'admin' })).body.data.roles[0]?.permissions).toEqual([
        'train:all',
        'checkpoint:all',
        'inference:all',
        'sagemaker_endpoint:all',
        'user:all',
        'role:all',
      ]);
      const key = await bench().createUser('usurper', ['user:all']);
      expect(await v14.post('/users', first, { key, as: 'usurper' })).toMatchObject({
        status: 403,
        body: { statusCode: 403 },
      });
    });
  });

  describe('GET /users', () => {
    it('shows no password, whatever is asked', async () => {
      for (const query of ['', '?show_password=True', '?show_password=']) {
        const users = await listed('admin', query);
        expect(new Set(users.map(({ password }) => password))).toEqual(new Set(['********']));
      }
    });

    it('orders by name, upwards in 1.4 and downwards later', async () => {
      const { body } = await bench().v14.get('/users', { as: 'admin' });
      expect(body.data).toMatchObject({
        previous_evaluated_key: 'not_applicable',
        last_evaluated_key: 'not_applicable',
      });
      const upwards = (await listed('admin')).map(({ username }) => username);
      expect(upwards[0]).toBe('admin');
      expect(upwards).toEqual([...upwards].sort());
      const later = (await bench().v15.get('/users', { username: 'admin' })).body.data.users as ShownUser[];
      expect(later.map(({ username }) => username)).toEqual(upwards.toReversed());
    });

    it('shows more than fits one message of the mesh, and as many roles', async () => {
      const { v14 } = bench();
      const permissions = Array.from({ length: 20 }, (_, index) => `train:${'x'.repeat(90)}${index}`);
      const names = Array.from({ length: 40 }, (_, index) => `one of many ${String(index).padStart(2, '0')}`);
      for (const name of names) {
        expect(await v14.post('/roles', { role_name: name, permissions, creator: 'admin' })).toMatchObject({
          status: 201,
        });
        expect(await v14.post('/users', user(name, { roles: [name] }), { as: 'admin' })).toMatchObject({ status: 201 });
      }
      const isOfMany = (name: string): boolean => name.startsWith('one of many');
      const users = (await listed('admin')).map(({ username }) => username).filter(isOfMany);
      expect(users).toEqual(names);
      const { roles } = (await v14.get('/roles', { as: 'admin' })).body.data;
      expect(roles.map(({ role_name }) => role_name).filter(isOfMany)).toEqual(names);
      await v14.delete('/users', { user_name_list: names }, { as: 'admin' });
      await v14.delete('/roles', { role_name_list: names });
    });

    it('shows everybody itself, and with user:list those it made', async () => {
      const { v14 } = bench();
      await bench().createUser('solo', ['train:all']);
      const key = await bench().createUser('boss', ['user:create', 'user:list', 'inference:all']);
      await v14.post('/users', user('hand', { creator: 'boss', roles: ['boss-role'] }), { key, as: 'boss' });
      const names = async (as: string) => (await listed(as)).map(({ username }) => username);
      expect(await names('solo')).toEqual(['solo']);
      expect(await names('boss')).toEqual(['boss', 'hand']);
      expect(await bench().v15.get('/users', { username: 'solo' })).toMatchObject(
        answer(403, "User solo has no permissions: ['user:all', 'user:list']"),
      );
    });
  });

  describe('DELETE /users', () => {
    it('deletes users with their keys, and passes over what is not there', async () => {
      const { v14 } = bench();
      const key = await bench().createUser('gone', ['train:all']);
      const { status, body } = await v14.delete('/users', { user_name_list: ['gone', 'ghost'] }, { as: 'admin' });
      expect([status, body]).toEqual([204, {}]);
      expect(await listed('admin', '?username=gone')).toEqual([]);
      expect((await v14.get('/ping', { key })).status).toBe(403);
    });

    it('refuses who may not, and what cannot be', async () => {
      const { v14 } = bench();
      const key = await bench().createUser('meek', ['train:all']);
      const remove = (names: string[], request: object) => v14.delete('/users', { user_name_list: names }, request);
      expect(await remove(['admin'], { key, as: 'meek' })).toMatchObject(
        answer(403, "User meek has no permissions: ['user:create']"),
      );
      expect(await remove([], { as: 'admin' })).toMatchObject({ status: 400 });
      expect(await remove(['admin'], { as: 'admin' })).toMatchObject({ status: 400 });
      expect(await bench().v15.delete('/users', { user_name_list: ['x'] }, { username: 'meek' })).toMatchObject(
        answer(403, "User meek has no permissions: ['user:all', 'user:create']"),
      );
    });
  });
}
