import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKey,
  deleteUsers,
  listKeys,
  listUsers,
  login,
  putAdministrator,
  putUser,
  resolveUser,
  revokeKey,
  verifyKey,
  type CallContract,
  type Principal,
} from '@infermesh/contracts';
import { Seal, digestKey } from '@infermesh/credentials';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { createJobQueue, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';
import type { z } from 'zod';
import { bootstrapAuth, renewAdministratorKey, startAuth } from '../src/index.js';
import { changeTenant } from '../src/change-tenant.js';
import { deleteRoleRows, listRoleViews, putRoleRow } from '../src/roles/role-rows.js';

interface TestServer extends AsyncDisposable {
  readonly url: string;
}

const logger = createLogger({ service: 'test', level: 'silent' });
const pepper = 'pepper-of-a-test-installation-0123456789';
const seal = new Seal(pepper);

/** One suite for every database server that `start` may bring up; the service is asked through a real queue. */
export function exerciseAuth(name: string, start: () => Promise<TestServer>): void {
  describe(`auth on ${name}`, () => {
    const resources = new ResourceStack();
    let database: Database;
    let jobQueue: JobQueue;
    let adminKey: string;
    let admin: Principal;

    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'mesh-auth-'));
      resources.defer(() => rm(folder, { recursive: true }));
      const server = resources.use(await start());
      const redis = resources.use(await startEmbeddedRedis({ folder, logger }));
      database = resources.use(openDatabase({ url: server.url, maxConnections: 8, logger }));
      // patient: a machine busy with other tests is no fault of Redis
      jobQueue = resources.use(
        createJobQueue({
          redisUrl: redis.url,
          service: 'auth',
          logger,
          connectGraceMs: 15_000,
          commandTimeoutMs: 15_000,
        }),
      );
    }, 60_000);
    afterAll(async () => {
      await resources[Symbol.asyncDispose]();
    });

    beforeEach(async () => {
      await database.query('drop schema public cascade');
      await database.query('create schema public');
      await migrate(database);
      adminKey = (await bootstrapAuth(database, { pepper }))?.key ?? '';
    });

    /** Every case has a service of its own: what it remembers of logins ends with it. */
    const serving = (test: () => Promise<void>) => async (): Promise<void> => {
      await using _service = await startAuth({ jobQueue, database, pepper, logger });
      admin = await principalOf(adminKey);
      await test();
    };

    const call = <Request extends z.ZodType, Response extends z.ZodType>(
      contract: CallContract<Request, Response>,
      request: z.input<Request>,
    ): Promise<z.output<Response>> => jobQueue.call(contract, request, { deadlineAt: Date.now() + 20_000 });
    const principalOf = async (key: string): Promise<Principal> =>
      (await call(verifyKey, { digest: digestKey(pepper, key) })).principal;
    const keyFor = async (
      actor: Principal,
      wish: Omit<z.input<typeof createKey.request>, 'actor'>,
    ): Promise<{ id: string; key: string }> => {
      const { key, sealedKey } = await call(createKey, { actor, ...wish });
      return { id: key.id, key: seal.open(sealedKey) };
    };
    const putRole = (actor: Principal, role: string, permissions: string[]) =>
      changeTenant(database, actor.tenantId, (tx) => putRoleRow(tx, actor, { name: role, permissions }));
    const painter = async (): Promise<Principal> => {
      await putRole(admin, 'painter', ['inference:all', 'checkpoint:list']);
      await call(putUser, {
        actor: admin,
        name: 'ann',
        sealedPassword: seal.close('correct horse'),
        roles: ['painter'],
      });
      return principalOf((await keyFor(admin, { user: 'ann', name: 'work' })).key);
    };

    it('makes the first administrator once, also when two processes start at once', async () => {
      expect(adminKey).toMatch(/^im_[\w-]{8}_[\w-]{43}$/u);
      expect(await Promise.all([bootstrapAuth(database, { pepper }), bootstrapAuth(database, { pepper })])).toEqual([
        undefined,
        undefined,
      ]);
      await database.query('delete from app_user');
      const both = await Promise.all([bootstrapAuth(database, { pepper }), bootstrapAuth(database, { pepper })]);
      expect(both.filter((made) => made !== undefined)).toHaveLength(1);
    });

    it(
      'does not bring back an administrator that was deleted for another',
      serving(async () => {
        await call(putUser, { actor: admin, name: 'ann', roles: ['IT Operator'] });
        const ann = await principalOf((await keyFor(admin, { user: 'ann', name: 'k' })).key);
        await call(deleteUsers, { actor: ann, names: ['admin'] });
        expect(await bootstrapAuth(database, { pepper })).toBeUndefined();
      }),
    );

    it(
      'makes a further key for an administrator, beside the lost one or instead of it',
      serving(async () => {
        const beside = await renewAdministratorKey(database, { pepper, revokeOthers: false });
        expect(await principalOf(beside.key)).toMatchObject({ subject: 'admin', scopes: [] });
        await principalOf(adminKey);
        const instead = await renewAdministratorKey(database, { pepper, revokeOthers: true });
        await expect(principalOf(adminKey)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
        await expect(principalOf(beside.key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

        const heir = await principalOf(instead.key);
        await painter();
        await call(putUser, { actor: heir, name: 'boss', roles: ['IT Operator'] });
        await database.query(`update app_user set disabled_at = now() where name = 'admin'`);
        const { user, key } = await renewAdministratorKey(database, { pepper, revokeOthers: false });
        expect(user).toBe('boss');
        expect((await principalOf(key)).roles).toEqual(['IT Operator']);
      }),
    );

    it(
      'tells whom a key stands for, and keeps neither the key nor what travels',
      serving(async () => {
        expect(admin).toMatchObject({
          tenantId: 'default',
          subject: 'admin',
          roles: ['IT Operator'],
          scopes: [],
          weight: 1,
        });
        expect([...admin.permissions].sort()).toEqual(
          ['checkpoint', 'inference', 'key', 'role', 'sagemaker_endpoint', 'train', 'user']
            .map((it) => `${it}:all`)
            .concat('user:act-as')
            .sort(),
        );
        const stored = JSON.stringify(
          (await database.query(`select id, name, encode(digest, 'hex') as digest, prefix from api_key`)).rows,
        );
        expect(stored).not.toContain(adminKey.slice(12));
        expect(stored).not.toContain(digestKey(pepper, adminKey));
      }),
    );

    it(
      'tells the roles of a user of the tenant, and when a key ends',
      serving(async () => {
        await painter();
        const ask = (name: string, tenantId = 'default') => call(resolveUser, { tenantId, name });
        expect(await ask('ann')).toMatchObject({
          name: 'ann',
          roles: ['painter'],
          permissions: ['checkpoint:list', 'inference:all'],
        });
        await expect(ask('ghost')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(ask('ann', 'other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await database.query(`update app_user set disabled_at = now() where name = 'ann'`);
        await expect(ask('ann')).rejects.toMatchObject({ code: 'NOT_FOUND' });

        const { key } = await keyFor(admin, { name: 'brief', expiresInSeconds: 60 });
        const { expiresAt } = await call(verifyKey, { digest: digestKey(pepper, key) });
        expect(Math.abs(Date.parse(expiresAt ?? '') - Date.now() - 60_000)).toBeLessThan(60_000);
        expect((await call(verifyKey, { digest: digestKey(pepper, adminKey) })).expiresAt).toBeNull();
      }),
    );

    it.each([
      ['unknown', undefined],
      ['expired', `update api_key set expires_at = now() - interval '1 second'`],
      ['revoked', 'update api_key set revoked_at = now()'],
      ['of a disabled user', 'update app_user set disabled_at = now()'],
    ])('refuses a key that is %s', (_why, change) =>
      serving(async () => {
        if (change !== undefined) await database.query(change);
        const key = change === undefined ? `${adminKey.slice(0, -1)}${adminKey.endsWith('A') ? 'B' : 'A'}` : adminKey;
        await expect(principalOf(key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      })(),
    );

    it(
      'ends a key no later than the key that made it',
      serving(async () => {
        const { id, key } = await keyFor(admin, { name: 'short', expiresInSeconds: 60 });
        const holder = await principalOf(key);
        const children = [
          await keyFor(holder, { name: 'a' }),
          await keyFor(holder, { name: 'b', expiresInSeconds: 900 }),
        ];
        const { keys } = await call(listKeys, { actor: admin });
        const expiryOf = (keyId: string): unknown => keys.find((view) => view.id === keyId)?.expiresAt;
        expect(children.map((child) => expiryOf(child.id))).toEqual([expiryOf(id), expiryOf(id)]);
        const short = await keyFor(holder, { name: 'c', expiresInSeconds: 1 });
        expect(
          String((await call(listKeys, { actor: admin })).keys.find((view) => view.id === short.id)?.expiresAt) <
            String(expiryOf(id)),
        ).toBe(true);
      }),
    );

    it(
      'gives a user no name of a role, nor a role that of a user: access lists name both',
      serving(async () => {
        await painter();
        await putRole(admin, 'porter', ['user:create', 'role:create']);
        await call(putUser, { actor: admin, name: 'bob', roles: ['porter'] });
        const bob = await principalOf((await keyFor(admin, { user: 'bob', name: 'k' })).key);
        await expect(call(putUser, { actor: bob, name: 'painter', roles: ['porter'] })).rejects.toMatchObject({
          code: 'CONFLICT',
        });
        await expect(putRole(bob, 'ann', ['user:create'])).rejects.toMatchObject({ code: 'CONFLICT' });
        await call(putUser, { actor: bob, name: 'cleo', roles: ['porter'] });
        await putRole(bob, 'sweeper', ['user:create']);
        await putRole(admin, 'ann', ['user:create']);
        await call(putUser, { actor: admin, name: 'painter', roles: ['porter'] });
        await call(putUser, { actor: admin, name: 'painter', roles: ['ann'] });
      }),
    );

    it(
      'ends a key at once when it is revoked, tells the gateways, and bears doing so twice',
      serving(async () => {
        const { id, key } = await keyFor(admin, { name: 'spare', expiresInSeconds: 60 });
        await principalOf(key);
        const stop = new AbortController();
        const changes = jobQueue.follow('auth', { signal: stop.signal })[Symbol.asyncIterator]();
        const { key: revoked } = await call(revokeKey, { actor: admin, id });
        expect((await changes.next()).value).toMatchObject({ type: 'changed' });
        stop.abort();
        await expect(principalOf(key)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
        expect((await call(revokeKey, { actor: admin, id })).key.revokedAt).toBe(revoked.revokedAt);
      }),
    );

    it('notes when a key was last used', async () => {
      await serving(async () => {
        await principalOf(adminKey);
      })();
      expect((await database.query('select 1 from api_key where last_used_at is not null')).rowCount).toBe(1);
    });

    it(
      'shows and revokes only keys within reach',
      serving(async () => {
        const ann = await painter();
        const own = (await call(listKeys, { actor: ann })).keys;
        expect(own.map(({ user }) => user)).toEqual(['ann']);
        expect((await call(listKeys, { actor: admin })).keys).toHaveLength(2);
        await expect(call(revokeKey, { actor: ann, id: admin.keyId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
        const stranger = { ...admin, tenantId: 'elsewhere' };
        await expect(call(revokeKey, { actor: stranger, id: admin.keyId })).rejects.toMatchObject({
          code: 'NOT_FOUND',
        });
        expect((await call(listKeys, { actor: stranger })).keys).toEqual([]);
      }),
    );

    it(
      'lets a key of limited scope see and revoke itself alone, unless its scopes say more',
      serving(async () => {
        const narrow = await principalOf((await keyFor(admin, { name: 'n', scopes: ['inference:all'] })).key);
        expect((await call(listKeys, { actor: narrow })).keys.map(({ id }) => id)).toEqual([narrow.keyId]);
        await expect(call(revokeKey, { actor: narrow, id: admin.keyId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(call(listUsers, { actor: narrow })).rejects.toMatchObject({ code: 'FORBIDDEN' });

        const wider = { ...narrow, scopes: ['key:list', 'user:list'] };
        expect((await call(listKeys, { actor: wider })).keys).toHaveLength(2);
        expect((await call(listUsers, { actor: wider })).users).toHaveLength(1);
        await expect(call(revokeKey, { actor: wider, id: admin.keyId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await call(revokeKey, { actor: narrow, id: narrow.keyId });
        await call(revokeKey, { actor: { ...narrow, scopes: ['key:delete'] }, id: admin.keyId });
        await expect(principalOf(adminKey)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      }),
    );

    describe('no key does more than its maker', () => {
      it(
        'refuses a key for another without key:all and user:act-as, and for a mightier user even with them',
        serving(async () => {
          const ann = await painter();
          await expect(keyFor(ann, { user: 'admin', name: 'k' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await putRole(admin, 'locksmith', ['key:all']);
          await call(putUser, { actor: admin, name: 'bob', roles: ['locksmith'] });
          const bob = await principalOf((await keyFor(admin, { user: 'bob', name: 'k' })).key);
          await expect(keyFor(bob, { user: 'admin', name: 'k' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await expect(keyFor(bob, { user: 'admin', name: 'k', scopes: ['user:all'] })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          const asAdmin = { user: 'admin', name: 'k', scopes: ['key:all'] };
          await expect(keyFor(bob, asAdmin)).rejects.toMatchObject({ code: 'FORBIDDEN' });
          bob.permissions.push('user:act-as');
          const harmless = await principalOf((await keyFor(bob, asAdmin)).key);
          expect(harmless).toMatchObject({ subject: 'admin', scopes: ['key:all'] });
        }),
      );

      it(
        'refuses to end the key of a mightier user',
        serving(async () => {
          const ann = await painter();
          const helpDesk = { ...ann, subject: 'hal', permissions: ['key:all', ...ann.permissions] };
          expect((await call(listKeys, { actor: helpDesk })).keys).toHaveLength(2);
          await expect(call(revokeKey, { actor: helpDesk, id: admin.keyId })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          await call(revokeKey, { actor: helpDesk, id: ann.keyId });
        }),
      );

      it(
        'keeps what a key of limited scope makes within its scope',
        serving(async () => {
          const narrow = await principalOf((await keyFor(admin, { name: 'n', scopes: ['inference:all'] })).key);
          await expect(keyFor(narrow, { name: 'k' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
          const maker = await principalOf(
            (await keyFor(admin, { name: 'n', scopes: ['inference:all', 'key:create'] })).key,
          );
          await expect(keyFor(maker, { name: 'k', scopes: ['user:all'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
          expect((await principalOf((await keyFor(maker, { name: 'k' })).key)).scopes).toEqual([
            'inference:all',
            'key:create',
          ]);
          const password = { name: 'admin', sealedPassword: seal.close('a new password') };
          await expect(call(putUser, { actor: narrow, ...password })).rejects.toMatchObject({ code: 'FORBIDDEN' });
        }),
      );
    });

    describe('log in', () => {
      const logIn = (user: string, password: string) =>
        call(login, { user, sealedPassword: seal.close(password), name: 'login' });

      it(
        'gives a key for the right password alone, and never says what was wrong',
        serving(async () => {
          await painter();
          const { sealedKey } = await logIn('ann', 'correct horse');
          expect((await principalOf(seal.open(sealedKey))).subject).toBe('ann');
          const refusals = await Promise.allSettled([
            logIn('ann', 'wrong'),
            logIn('nobody', 'wrong'),
            logIn('admin', 'wrong'),
          ]);
          const reasons = refusals.map((it) => it.status === 'rejected' && (it.reason as Error).message);
          expect(new Set(reasons).size).toBe(1);
          expect(refusals[0]).toMatchObject({ reason: { code: 'UNAUTHENTICATED' } });
        }),
      );

      it(
        'slows guessing, also of many at once, and spares other names',
        serving(async () => {
          await painter();
          const guesses = await Promise.allSettled(Array.from({ length: 12 }, () => logIn('ann', 'wrong')));
          const codes = guesses.map((it) => it.status === 'rejected' && (it.reason as { code: string }).code);
          expect(codes.filter((code) => code === 'UNAUTHENTICATED').length).toBeLessThanOrEqual(6);
          expect(codes).toContain('QUOTA_EXCEEDED');
          await expect(logIn('ann', 'correct horse')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
          await expect(logIn('bob', 'wrong')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
        }),
      );

      it(
        'refuses a text sealed elsewhere',
        serving(async () => {
          const sealedPassword = new Seal('q'.repeat(32)).close('correct horse');
          await expect(call(login, { user: 'ann', sealedPassword, name: 'k' })).rejects.toMatchObject({
            code: 'BAD_REQUEST',
          });
        }),
      );
    });

    describe('users', () => {
      it(
        'are made, changed, listed and deleted with their keys',
        serving(async () => {
          const ann = await painter();
          expect(ann.permissions).toEqual(['checkpoint:list', 'inference:all']);
          const again = await call(putUser, { actor: admin, name: 'ann', roles: [] });
          expect(again).toMatchObject({
            created: false,
            user: { roles: [], permissions: [], hasPassword: true, creator: 'admin' },
          });
          expect((await call(listUsers, { actor: admin })).users.map((user) => user.name)).toEqual(['admin', 'ann']);
          expect((await call(deleteUsers, { actor: admin, names: ['ann', 'nobody'] })).deleted).toEqual(['ann']);
          expect((await call(listKeys, { actor: admin })).keys).toHaveLength(1);
        }),
      );

      it(
        'store passwords as argon2id',
        serving(async () => {
          await painter();
          const { rows } = await database.query<{ hash: string }>(
            `select password_hash as hash from app_user where name = 'ann'`,
          );
          expect(rows[0]?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
          const short = { actor: admin, name: 'bob', sealedPassword: seal.close('short') };
          await expect(call(putUser, short)).rejects.toMatchObject({ code: 'BAD_REQUEST', field: 'password' });
        }),
      );

      it(
        'cannot be managed beyond what the actor holds',
        serving(async () => {
          const ann = await painter();
          await expect(call(putUser, { actor: ann, name: 'bob' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await putRole(admin, 'clerk', ['user:all']);
          await call(putUser, { actor: admin, name: 'clara', roles: ['clerk'] });
          const clara = await principalOf((await keyFor(admin, { user: 'clara', name: 'k' })).key);
          const taking = { actor: clara, name: 'admin', sealedPassword: seal.close('a new password') };
          await expect(call(putUser, taking)).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await expect(call(putUser, { actor: clara, name: 'bob', roles: ['painter'] })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          await expect(call(deleteUsers, { actor: clara, names: ['admin'] })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          await expect(call(putUser, { actor: admin, name: 'bob', roles: ['ghost'] })).rejects.toMatchObject({
            code: 'NOT_FOUND',
          });
        }),
      );

      it(
        'who manage users reach only those they made, unless they manage all',
        serving(async () => {
          await painter();
          await putRole(admin, 'clerk', ['user:create', 'inference:all', 'checkpoint:list']);
          await call(putUser, { actor: admin, name: 'cleo', roles: ['clerk'] });
          const cleo = await principalOf((await keyFor(admin, { user: 'cleo', name: 'k' })).key);
          await call(putUser, { actor: cleo, name: 'dan', roles: ['painter'] });
          await call(putUser, { actor: cleo, name: 'dan', roles: [] });
          await expect(call(putUser, { actor: cleo, name: 'ann', roles: [] })).rejects.toMatchObject({
            code: 'FORBIDDEN',
            field: 'name',
          });
          const tooMuch = call(putUser, { actor: cleo, name: 'dan', roles: ['IT Operator'] });
          await expect(tooMuch).rejects.toMatchObject({ code: 'FORBIDDEN', field: 'roles' });
          await expect(tooMuch).rejects.toHaveProperty('details', expect.arrayContaining(['user:act-as']));
        }),
      );

      it(
        'lose a password that is taken away',
        serving(async () => {
          const ann = await painter();
          const { user } = await call(putUser, { actor: ann, name: 'ann', sealedPassword: null });
          expect(user.hasPassword).toBe(false);
        }),
      );

      it(
        'become administrators by the word of one, or of anybody while there is none',
        serving(async () => {
          const ann = await painter();
          await expect(call(putAdministrator, { actor: ann, name: 'ann' })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          for (const created of [true, false]) {
            expect(await call(putAdministrator, { actor: admin, name: 'root', besides: ['byoc'] })).toMatchObject({
              created,
              user: { roles: ['IT Operator'] },
            });
          }
          expect((await listRoleViews(database, admin)).find(({ name }) => name === 'byoc')?.permissions).toHaveLength(
            6,
          );
          await putRole(admin, 'clerk', ['user:all']);
          const clerk = { ...ann, permissions: ['user:all'] };
          await expect(call(putAdministrator, { actor: clerk, name: 'ann' })).rejects.toMatchObject({
            code: 'FORBIDDEN',
          });
          await database.query('delete from app_user where name <> $1', ['ann']);
          await database.query('delete from role where name = $1', ['IT Operator']);
          expect(await call(putAdministrator, { actor: ann, name: 'ann' })).toMatchObject({
            user: { roles: ['IT Operator'], permissions: expect.arrayContaining(['user:act-as']) as unknown },
          });
          expect((await principalOf(adminKey).catch(() => undefined))?.subject).toBeUndefined();
        }),
      );

      it(
        'are never left without somebody in charge',
        serving(async () => {
          await expect(call(putUser, { actor: admin, name: 'admin', roles: [] })).rejects.toMatchObject({
            code: 'CONFLICT',
          });
          await expect(call(deleteUsers, { actor: admin, names: ['admin'] })).rejects.toMatchObject({
            code: 'CONFLICT',
          });
          expect((await principalOf(adminKey)).roles).toEqual(['IT Operator']);
        }),
      );

      it(
        'keep their names over tenants, and roles stay within theirs',
        serving(async () => {
          await database.query(`insert into tenant (id, name) values ('other', 'other')`);
          const stranger = { ...admin, tenantId: 'other' };
          await expect(call(putUser, { actor: stranger, name: 'admin' })).rejects.toMatchObject({ code: 'CONFLICT' });
          const borrowing = { actor: stranger, name: 'eve', roles: ['IT Operator'] };
          await expect(call(putUser, borrowing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
          expect((await call(listUsers, { actor: stranger })).users).toEqual([]);
        }),
      );
    });

    describe('roles', () => {
      it(
        'are seen and changed by who made them, and seen by who has them',
        serving(async () => {
          const ann = await painter();
          const limited = { ...ann, permissions: [...ann.permissions, 'role:create', 'role:list'] };
          expect((await listRoleViews(database, limited)).map(({ name }) => name)).toEqual(['painter']);
          await putRole(limited, 'sketcher', ['checkpoint:list']);
          expect((await listRoleViews(database, limited)).map(({ name }) => name)).toEqual(['painter', 'sketcher']);
          await expect(putRole(limited, 'painter', ['checkpoint:list'])).rejects.toMatchObject({
            code: 'FORBIDDEN',
            field: 'name',
          });
          await expect(putRole(limited, 'sketcher', ['train:all'])).rejects.toMatchObject({
            code: 'FORBIDDEN',
            field: 'permissions',
            details: ['train:all'],
          });
          expect(await putRole(admin, 'sketcher', ['train:all'])).toMatchObject({ role: { creator: 'admin' } });
        }),
      );

      const remove = (actor: Principal, names: string[]) =>
        changeTenant(database, actor.tenantId, (tx) => deleteRoleRows(tx, actor, names));

      it(
        'are made, changed for everybody who has them, listed and deleted',
        serving(async () => {
          await painter();
          expect(await putRole(admin, 'painter', ['train:list'])).toMatchObject({
            created: false,
            role: { creator: 'admin' },
          });
          const users = async () => (await call(listUsers, { actor: admin })).users.find((user) => user.name === 'ann');
          expect((await users())?.permissions).toEqual(['train:list']);
          expect((await listRoleViews(database, admin)).map((role) => role.name)).toEqual(['IT Operator', 'painter']);
          expect(await remove(admin, ['painter', 'ghost'])).toEqual(['painter']);
          expect(await users()).toMatchObject({ roles: [], permissions: [] });
        }),
      );

      it(
        'permit nothing that their maker does not hold',
        serving(async () => {
          await putRole(admin, 'casting', ['role:all', 'inference:list']);
          await call(putUser, { actor: admin, name: 'dora', roles: ['casting'] });
          const dora = await principalOf((await keyFor(admin, { user: 'dora', name: 'k' })).key);
          expect(await putRole(dora, 'watcher', ['inference:list'])).toMatchObject({ created: true });
          await expect(putRole(dora, 'more', ['inference:all'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await expect(putRole(dora, 'IT Operator', ['inference:list'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
          await expect(remove(dora, ['IT Operator', 'watcher'])).rejects.toMatchObject({ code: 'CONFLICT' });
          await expect(remove(admin, ['IT Operator'])).rejects.toMatchObject({ code: 'CONFLICT' });
          await expect(putRole({ ...admin, tenantId: 'other' }, 'watcher', ['inference:list'])).rejects.toMatchObject({
            code: 'CONFLICT',
          });
        }),
      );
    });
  });
}
