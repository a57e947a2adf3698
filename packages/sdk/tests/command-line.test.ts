import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  hangUp,
  jobAnswer,
  jobId,
  json,
  resultBytes,
  silence,
  startFakeGateway,
  type FakeGateway,
} from './fake-gateway.js';
import { runCommand, startCommand } from './run-command.js';

beforeAll(async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '--build', fileURLToPath(new URL('..', import.meta.url))]);
}, 60_000);

let gateway: FakeGateway;
let home: string;
let photo: string;
let output: string;
beforeEach(async () => {
  gateway = await startFakeGateway();
  home = await mkdtemp(join(tmpdir(), 'infermesh-cli-'));
  photo = join(home, 'photo.jpg');
  output = join(home, 'out.png');
  await writeFile(photo, 'a small photo');
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const getJob = `GET /prod/inferences/${jobId}`;
const variables = () => ({ INFERMESH_URL: gateway.baseUrl, INFERMESH_API_KEY: gateway.key });
const run = (args: readonly string[], env: Readonly<Record<string, string>> = variables(), input = '') =>
  runCommand(args, { home, env, input });

describe('help', () => {
  test('teaches: commands, examples, settings, exit codes', async () => {
    const { code, stdout } = await run(['--help'], {});
    expect(code).toBe(0);
    for (const word of [
      'upscale',
      'jobs',
      'login',
      'ping',
      'keys',
      'users',
      'radar',
      'INFERMESH_API_KEY',
      'Exit codes',
    ])
      expect(stdout).toContain(word);
    const upscale = await run(['upscale', '--help'], {});
    expect(upscale.stdout).toContain('infermesh upscale holiday.jpg -o holiday-x2.png');
  });

  test('--version', async () => {
    expect(await run(['--version'], {})).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  test.each([
    [[]],
    [['paint']],
    [['upscale']],
    [['upscale', 'photo.jpg']],
    [['upscale', 'photo.jpg', '-o', 'out.png', '--factor', 'big']],
    [['keys']],
    [['keys', 'create', 'ci', '--expires-in', 'soon']],
    [['users', 'put', 'ada']],
    [['login']],
    [['ping', '--url', 'mesh']],
  ])('%j is a usage error', async (args) => {
    const { code, stdout, stderr } = await run(args, {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });
});

describe('upscale', () => {
  test('saves the image, tells the steps on stderr and the result on stdout', async () => {
    const { code, stdout, stderr } = await run([
      'upscale',
      photo,
      '-o',
      output,
      '--factor',
      '4',
      '--upscaler',
      'infermesh-photo-x2',
    ]);
    expect(stderr.split('\n')).toEqual([
      'creating the job',
      expect.stringMatching(/^uploading \d+ B for job 3b1f0c52/u),
      'starting',
      'enlarging, 33 %',
      'enlarging, 67 %',
      'succeeded',
      'downloaded 195.3 KiB',
      '',
    ]);
    expect(stdout).toMatch(/out\.png {2}195\.3 KiB {2}in \d+\.\d s {2}\(job 3b1f0c52/u);
    expect(code).toBe(0);
    expect(resultBytes.equals(await readFile(output))).toBe(true);
    expect(JSON.parse(gateway.requests[1]?.body ?? '')).toMatchObject({
      upscaling_resize: 4,
      upscaler_1: 'infermesh-photo-x2',
    });
  });

  test('--json: one object, nothing else', async () => {
    const { code, stdout, stderr } = await run(['upscale', photo, '-o', output, '--real-time', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      id: jobId,
      output,
      sizeBytes: resultBytes.length,
      elapsedMs: expect.any(Number),
    });
    expect(JSON.parse(gateway.requests[0]?.body ?? '')).toMatchObject({ inference_type: 'Real-time' });
  });

  test('a failed job is exit code 1 and no file', async () => {
    const failed = jobAnswer(gateway.origin, { status: 'failed', sagemakerRaw: 'bad image\u001b[2J' });
    gateway.plan(getJob, failed, failed);
    const people = await run(['upscale', photo, '-o', output]);
    expect(people.code).toBe(1);
    expect(people.stderr).toContain(`infermesh: job ${jobId} failed: bad image [2J\n`);
    const machine = await run(['upscale', photo, '-o', output, '--json']);
    expect(machine.code).toBe(1);
    expect(JSON.parse(machine.stderr)).toMatchObject({ error: { kind: 'InferenceFailedError', id: jobId } });
    expect((await readdir(home)).sort()).toEqual(['photo.jpg']);
  });

  test.each([
    ['a photo that is not there', () => ['nowhere.jpg', '-o', output], 'cannot read nowhere.jpg (ENOENT)'],
    ['a folder that is not there', () => [photo, '-o', join(home, 'none', 'out.png')], 'there is no folder'],
    ['an output that is a folder', () => [photo, '-o', home], 'is a folder'],
    ['an output of another format', () => [photo, '-o', join(home, 'out.webp')], 'the result is a PNG, not .webp'],
    ['an output on top of the photo', () => [photo, '-o', photo.replace('.jpg', '.png')], 'would replace the photo'],
  ])('%s is found before anything is sent', async (_case, args, message) => {
    const source = args()[0] ?? '';
    if (message.startsWith('would')) await writeFile(source.replace('.jpg', '.png'), 'photo');
    const list = message.startsWith('would') ? [source.replace('.jpg', '.png'), ...args().slice(1)] : args();
    const { code, stderr } = await run(['upscale', ...list]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(gateway.requests).toEqual([]);
  });

  test('Ctrl-C stops it: 130, no file, and how to go on', async () => {
    gateway.plan(getJob, silence);
    const arrived = gateway.arrival(getJob);
    const { child, result } = startCommand(['upscale', photo, '-o', output], { home, env: variables() });
    await arrived;
    child.kill('SIGINT');
    const { code, stdout, stderr } = await result;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain(`see it with: infermesh jobs get ${jobId}`);
    expect(await readdir(home)).toEqual(['photo.jpg']);
  });

  test('Ctrl-C in the middle of the download leaves neither file nor part', async () => {
    let started = (): void => undefined;
    const halfway = new Promise<void>((resolve) => {
      started = resolve;
    });
    gateway.plan('GET /store/image.png', (response) => {
      response.writeHead(200, { 'content-length': resultBytes.length });
      response.write(resultBytes.subarray(0, 50_000), () => {
        started();
      });
    });
    const { child, result } = startCommand(['upscale', photo, '-o', output], { home, env: variables() });
    await halfway;
    child.kill('SIGTERM');
    expect((await result).code).toBe(143);
    expect(await readdir(home)).toEqual(['photo.jpg']);
  });
});

describe('jobs get', () => {
  test('shows the state now', async () => {
    const { code, stdout } = await run(['jobs', 'get', jobId]);
    expect(code).toBe(0);
    expect(stdout).toContain('state     inprogress\n');
    expect(gateway.calls()).toEqual([getJob]);
  });

  test('-o waits and saves: takes up what was broken off', async () => {
    const { code, stdout } = await run(['jobs', 'get', jobId, '-o', output]);
    expect(code).toBe(0);
    expect(stdout).toContain(`saved     ${output}\n`);
    expect(resultBytes.equals(await readFile(output))).toBe(true);
  });

  test('a failed job is shown, with exit code 1; an unknown one is exit code 1 too', async () => {
    gateway.plan(getJob, jobAnswer(gateway.origin, { status: 'failed', sagemakerRaw: 'bad image' }));
    const failed = await run(['jobs', 'get', jobId, '--json']);
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({ id: jobId, status: 'failed', reason: 'bad image' });
    const unknown = await run(['jobs', 'get', 'job-0']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('inference with id X not found') });
  });
});

describe('ping', () => {
  test('says where and how fast', async () => {
    const { code, stdout } = await run(['ping']);
    expect(stdout).toMatch(new RegExp(`^pong from ${gateway.baseUrl} in \\d+ ms\n$`, 'u'));
    expect(code).toBe(0);
  });

  test('3 when nobody is there', async () => {
    const { origin } = await startAndStop();
    const { code, stderr } = await run(['ping', '--url', origin]);
    expect(code).toBe(3);
    expect(stderr).toContain('nothing listens there');
    expect(stderr).toContain('npm start');
  });

  test('3 when the line is cut', async () => {
    gateway.plan('GET /prod/ping', hangUp);
    expect((await run(['ping'])).code).toBe(3);
  });

  test('4 without a key and with a wrong one, and what to do', async () => {
    const without = await run(['ping'], { INFERMESH_URL: gateway.baseUrl });
    expect(without).toMatchObject({ code: 4, stderr: expect.stringContaining('infermesh login') });
    expect((await run(['ping', '--key', 'wrong-key'])).code).toBe(4);
  });

  test('flags go before variables', async () => {
    const { code } = await run(['ping', '--url', gateway.baseUrl, '--key', gateway.key], {
      INFERMESH_URL: 'http://127.0.0.1:9',
      INFERMESH_API_KEY: 'other',
    });
    expect(code).toBe(0);
  });
});

describe('login', () => {
  const login = (input = 'correct horse\n', env: Readonly<Record<string, string>> = {}) =>
    run(['login', '--name', 'ada', '--url', gateway.baseUrl], env, input);
  const config = () => join(home, '.config', 'infermesh', 'config.json');

  test('saves a key for its owner alone, shows neither key nor password, and the next command uses it', async () => {
    const { code, stdout, stderr } = await login();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`logged in to ${gateway.baseUrl} as ada`);
    expect(stdout).toContain('mesh_live_01…');
    expect(stdout).not.toContain(gateway.key);
    expect(stdout).not.toContain('correct horse');
    expect((await stat(config())).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(config(), 'utf8'))).toMatchObject({
      url: gateway.baseUrl,
      apiKey: gateway.key,
      user: 'ada',
    });
    expect((await run(['ping'], {})).code).toBe(0);
  });

  test('--json shows no key either', async () => {
    const { stdout } = await run(['login', '--name', 'ada', '--url', gateway.baseUrl, '--json'], {}, 'correct horse\n');
    expect(JSON.parse(stdout)).toMatchObject({ user: 'ada', keyId: 'key-7', configFile: config() });
    expect(stdout).not.toContain(gateway.key);
  });

  test('XDG_CONFIG_HOME is honoured', async () => {
    const { code } = await login('correct horse\n', { XDG_CONFIG_HOME: join(home, 'xdg') });
    expect(code).toBe(0);
    expect((await stat(join(home, 'xdg', 'infermesh', 'config.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(home)).not.toContain('.config');
  });

  test('a wrong password is exit code 4 and saves nothing', async () => {
    const { code, stderr } = await login('wrong\n');
    expect(code).toBe(4);
    expect(stderr).toContain('name or password is wrong');
    expect(stderr).toContain('request id: req-1');
    expect(await readdir(home)).toEqual(['photo.jpg']);
  });

  test('the saved key is not sent to another gateway', async () => {
    await login();
    await using other = await startFakeGateway();
    expect((await run(['ping', '--url', other.baseUrl], {})).code).toBe(4);
    expect(other.requests[0]?.headers['x-api-key']).toBeUndefined();
  });

  test('a saved key that others can read is warned of', async () => {
    await login();
    await rm(config());
    await writeFile(config(), JSON.stringify({ url: gateway.baseUrl, apiKey: gateway.key }), { mode: 0o644 });
    const { code, stderr } = await run(['ping'], {});
    expect(code).toBe(0);
    expect(stderr).toContain(`chmod 600 ${config()}`);
  });
});

describe('keys and users', () => {
  test('a new key is printed once, alone on stdout', async () => {
    const { code, stdout, stderr } = await run([
      'keys',
      'create',
      'ci',
      '--scope',
      'inference:all',
      '--scope',
      'checkpoint:list',
      '--expires-in',
      '30d',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${gateway.key}\n` });
    expect(stderr).toContain('not shown again');
    expect(JSON.parse(gateway.requests[0]?.body ?? '')).toEqual({
      name: 'ci',
      scopes: ['inference:all', 'checkpoint:list'],
      expiresInSeconds: 2_592_000,
    });
  });

  test('keys list shows prefixes and tells which keys are good, keys revoke ends one', async () => {
    const key = { id: 'key-7', name: 'laptop', prefix: 'mesh_live_01', user: 'ada', scopes: ['inference:all'] };
    const dates = { createdAt: '2026-01-05T06:10:52.000Z', expiresAt: null, lastUsedAt: null, revokedAt: null };
    const past = '2026-01-06T00:00:00.000Z';
    const keys = [dates, { ...dates, expiresAt: past }, { ...dates, revokedAt: past }];
    gateway.plan('GET /auth/keys', json(200, { keys: keys.map((it) => ({ ...key, ...it })) }));
    const list = await run(['keys', 'list']);
    expect(list.stdout).toMatch(/^ID +NAME[^\n]+\nkey-7 +laptop +mesh_live_01… +ada +inference:all +- +- +good\n/u);
    expect(list.stdout.match(/\w+$/gmu)).toEqual(['STATE', 'good', 'expired', 'revoked']);
    expect(await run(['keys', 'revoke', 'key-7'])).toEqual({ code: 0, stdout: 'revoked key-7\n', stderr: '' });
    expect(gateway.calls()).toEqual(['GET /auth/keys', 'DELETE /auth/keys/key-7']);
  });

  test('users list, put with a password from the pipe, delete', async () => {
    expect((await run(['users', 'list'])).stdout).toMatch(/^NAME[^\n]+\nada +painters +admin +2026-01-05T\S+ +-\n$/u);
    expect(
      (await run(['users', 'put', 'ada', '--role', 'painters', '--password'], variables(), 'new secret\n')).code,
    ).toBe(0);
    expect(JSON.parse(gateway.requests[1]?.body ?? '')).toEqual({ password: 'new secret', roles: ['painters'] });
    expect((await run(['users', 'delete', 'ada', '--json'])).stdout).toBe('{"name":"ada","deleted":true}\n');
  });

  test('a missing permission is exit code 4', async () => {
    gateway.plan(
      'GET /auth/users',
      json(403, { error: { code: 'FORBIDDEN', message: 'user:all is needed', requestId: 'req-3' } }),
    );
    const { code, stderr } = await run(['users', 'list', '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { kind: 'ApiError', status: 403, code: 'FORBIDDEN', requestId: 'req-3' },
    });
  });
});

test('the key is in no output, whatever goes wrong', async () => {
  const commands = [
    ['ping'],
    ['jobs', 'get', jobId],
    ['upscale', photo, '-o', output],
    ['keys', 'list'],
    ['users', 'list'],
  ];
  for (const answer of [hangUp, json(500, { message: 'fault' })]) {
    for (const route of ['GET /prod/ping', getJob, 'POST /prod/inferences', 'GET /auth/keys', 'GET /auth/users'])
      gateway.plan(route, answer);
  }
  const results = await Promise.all(commands.flatMap((args) => [run(args), run([...args, '--json'])]));
  expect(results.filter(({ stdout, stderr }) => `${stdout}${stderr}`.includes(gateway.key))).toEqual([]);
  expect(results.some(({ code }) => code !== 0)).toBe(true);
});

async function startAndStop(): Promise<FakeGateway> {
  const stopped = await startFakeGateway();
  await stopped[Symbol.asyncDispose]();
  return stopped;
}
