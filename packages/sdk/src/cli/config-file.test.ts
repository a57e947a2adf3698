import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configPath, findSavedLogin, isExposed, saveLogin } from './config-file.js';

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'infermesh-home-'));
  path = configPath({ xdgConfigHome: undefined, homeDirectory: home });
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

test('stands under the home folder, or where XDG_CONFIG_HOME says', () => {
  expect(path).toBe(join(home, '.config/infermesh/config.json'));
  expect(configPath({ xdgConfigHome: '/etc/xdg', homeDirectory: home })).toBe('/etc/xdg/infermesh/config.json');
  expect(configPath({ xdgConfigHome: 'relative', homeDirectory: home })).toBe(path);
});

test('what is saved is found again, and only its owner can read it', async () => {
  const login = { url: 'http://127.0.0.1:8600/prod', apiKey: 'key', user: 'ada', keyId: 'key-7', expiresAt: null };
  await saveLogin(path, login);
  expect(await findSavedLogin(path)).toEqual(login);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  expect(await isExposed(path)).toBe(false);
});

test('a file that stood open to others is closed by the next login', async () => {
  await saveLogin(path, { url: 'http://a', apiKey: 'one' });
  await chmod(path, 0o644);
  expect(await isExposed(path)).toBe(true);
  await saveLogin(path, { url: 'http://a', apiKey: 'two' });
  expect(await isExposed(path)).toBe(false);
  expect(await findSavedLogin(path)).toMatchObject({ apiKey: 'two' });
  expect(await readdir(dirname(path))).toEqual(['config.json']);
});

test('no file is no login; a broken one is named, its contents are not', async () => {
  expect(await findSavedLogin(path)).toBeNull();
  await saveLogin(path, { url: 'http://a', apiKey: 'one' });
  await writeFile(path, '{"apiKey": "hidden-key"');
  const error: unknown = await findSavedLogin(path).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'UsageError', message: `cannot read ${path}` });
});
