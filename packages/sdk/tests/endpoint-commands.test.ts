import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.js';

beforeAll(async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '--build', fileURLToPath(new URL('..', import.meta.url))]);
}, 120_000);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'infermesh-endpoints-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const at = (...path: string[]) => join(home, ...path);
const run = (...args: string[]) => runCommand(['endpoints', ...args], { home });

/** The example of the command's own help. */
async function exampleOfHelp(): Promise<string> {
  const { stdout } = await run('check', '--help');
  const lines = stdout.split('\n');
  const start = lines.indexOf('  [ENDPOINT]');
  return lines.slice(start, lines.indexOf('', start)).join('\n').replace(/^ {2}/gmu, '');
}

describe('check', () => {
  test('the example of the help has no problem, with any gateway or none', async () => {
    await writeFile(at('hello.toml'), await exampleOfHelp());
    const { code, stdout, stderr } = await run('check', at('hello.toml'), '--strict');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ENDPOINT +JOB TYPE +RUNTIME +FILE\nhello +hello +- +\S+hello\.toml\n$/u);
  });

  test('mistakes and warnings stand in stdout as file:line:column, and the exit code is 1', async () => {
    const path = at('hello.toml');
    await writeFile(path, (await exampleOfHelp()).replace('"string"', '"strin"').replace('name =', 'nmae = 1\nname ='));
    const { code, stdout, stderr } = await run('check', path);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      `${path}:2:1: warning: ENDPOINT.nmae: is not known and has no effect; did you mean name?`,
      expect.stringMatching(/hello\.toml:7:10: INPUTS\.text\.type: "strin" is no type here; the types are /u),
      '',
    ]);
    expect(stderr).toContain('1 mistake\n');
  });

  test('warnings alone fail with --strict only', async () => {
    await writeFile(at('hello.toml'), `${await exampleOfHelp()}\n[HTML]\nx = 1\n`);
    expect((await run('check', at('hello.toml'))).code).toBe(0);
    expect((await run('check', at('hello.toml'), '--strict')).code).toBe(1);
  });

  test('a folder; two files of one name', async () => {
    await writeFile(at('a.toml'), await exampleOfHelp());
    await mkdir(at('inner'));
    await writeFile(at('inner', 'aime_api_endpoint.cfg'), await exampleOfHelp());
    const { code, stdout } = await run('check', home, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [at('a.toml'), at('inner', 'aime_api_endpoint.cfg')],
      endpoints: [{ name: 'hello', file: at('a.toml'), jobType: 'hello', runtime: null }],
      problems: [
        {
          severity: 'mistake',
          line: 2,
          key: 'ENDPOINT.name',
          message: `the name hello is taken by ${at('a.toml')}; this is ${at('inner', 'aime_api_endpoint.cfg')}`,
        },
      ],
    });
  });

  test('the server’s file is checked, and its routes are taken', async () => {
    await writeFile(at('hello.toml'), await exampleOfHelp());
    await writeFile(at('server.cfg'), '[SERVER]\nport = 99999\n');
    const wrong = await run('check', at('hello.toml'), '--server', at('server.cfg'));
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('server.cfg:2:1: SERVER.port: must be at most'),
    });
    await writeFile(at('server.cfg'), '[STATIC]\n"/hello/" = { file = "x" }\n');
    const clash = await run('check', at('hello.toml'), '--server', at('server.cfg'));
    expect(clash).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is taken by the server’s own configuration'),
    });
  });

  test('runtimes that are told are known', async () => {
    const text = (await exampleOfHelp()).replace('job_type = "hello"', 'job_type = "hello"\nruntime = "say"');
    await writeFile(at('hello.toml'), text);
    expect((await run('check', at('hello.toml'))).code).toBe(0);
    const say = { payload: { words: { type: 'string', required: true } }, result: { text: { type: 'string' } } };
    await writeFile(at('runtimes.json'), JSON.stringify({ say }));
    const { code, stdout } = await run('check', at('hello.toml'), '--runtimes', at('runtimes.json'));
    expect(code).toBe(1);
    expect(stdout).toContain('WORKER.runtime: the runtime needs words (string)');
  });

  test.each([
    ['nothing', [], 2],
    ['a file that is not there', ['none.toml'], 1],
    ['a folder without endpoints', ['.'], 2],
    ['no server file', ['.', '--server', 'none.cfg'], 2],
    ['no runtimes', ['.', '--runtimes', 'none.json'], 2],
  ])('%s', async (_name, args, expected) => {
    const { code, stderr } = await run('check', ...args.map((arg) => (arg.startsWith('--') ? arg : at(arg))));
    expect(code).toBe(expected);
    expect(stderr).not.toBe('');
  });
});

describe('schema', () => {
  test.each([
    [[], 'INPUTS'],
    [['--server'], 'ENDPOINTS'],
  ])('%j', async (args, section) => {
    const { code, stdout } = await run('schema', ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { [section]: expect.anything() } });
  });
});
