import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.js';

const scene = {
  frames: 8,
  targets: [{ positionM: [5, 1], velocityMps: [-3, 0], snrDb: 35, sizeM: [1, 1], scatterers: 5 }],
};

let home: string;
let config: string;
const at = (...path: string[]) => join(home, ...path);
const run = (...args: string[]) => runCommand(['radar', ...args], { home });

beforeAll(async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '--build', fileURLToPath(new URL('..', import.meta.url))]);
  home = await mkdtemp(join(tmpdir(), 'infermesh-radar-'));
  await writeFile(at('scene.json'), JSON.stringify(scene));
  await writeSmallConfig();
  const { code, stderr } = await run('simulate', at('scene.json'), '-o', at('data'), '--config', at('small.json'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  config = at('data', 'RadarConfig.json');
}, 120_000);
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** A radar with a quarter of the numbers in a frame. */
async function writeSmallConfig(): Promise<void> {
  const { formatRadarConfig } = await import('@infermesh/radar');
  const { streetConfig } = await import('@infermesh/radar/sim');
  const basic = { ...streetConfig.basic, receivers: 2, chirps: 32 };
  await writeFile(at('small.json'), formatRadarConfig({ ...streetConfig, basic }));
}

describe('simulate', () => {
  test('writes frames of the configuration’s size, by number, and the configuration', async () => {
    expect(await readdir(at('data', 'radar'))).toEqual(Array.from({ length: 8 }, (_, index) => `00000${index}.bin`));
    expect((await stat(at('data', 'radar', '000003.bin'))).size).toBe(8 * 2 * 2 * 32 * 256);
    expect(await readFile(config, 'utf8')).toBe(await readFile(at('small.json'), 'utf8'));
  });

  test('the same scene gives the same bytes', async () => {
    const again = await run('simulate', at('scene.json'), '-o', at('again'), '--config', at('small.json'), '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ folder: at('again', 'radar'), frames: 8 });
    const [first, second] = ['data', 'again'].map((folder) => readFile(at(folder, 'radar', '000005.bin')));
    expect((await second)?.equals((await first) ?? Buffer.alloc(0))).toBe(true);
  });

  test('a scene with a mistake is refused by name', async () => {
    await writeFile(at('wrong.json'), '{"targets":[{"positionM":[1,2]}]}');
    const { code, stderr } = await run('simulate', at('wrong.json'), '-o', at('wrong'));
    expect(code).toBe(2);
    expect(stderr).toContain('targets.0.snrDb');
  });
});

function trackStates(stdout: string): string[] {
  const { tracks } = JSON.parse(stdout) as { tracks: { state: string }[] };
  return tracks.map(({ state }) => state);
}

describe('show', () => {
  const frame = () => at('data', 'radar', '000007.bin');

  test('draws a PNG of 1280 x 720', async () => {
    const { code, stdout } = await run('show', frame(), '--config', config, '-o', at('frame.png'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/frame\.png {2}Frame 000007: \d+ points/u);
    const png = await readFile(at('frame.png'));
    expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 1280, 720]);
  });

  test('draws SVG; frames before it make its tracks', async () => {
    const args = ['--config', config, '-o', at('frame.svg'), '--json'];
    const withHistory = await run('show', frame(), ...args);
    expect(trackStates(withHistory.stdout)).toContain('active');
    expect(await readFile(at('frame.svg'), 'utf8')).toContain('>Frame 000007</text>');
    const alone = await run('show', frame(), ...args, '--history', '0');
    expect(new Set(trackStates(alone.stdout))).toEqual(new Set(['detection']));
  });

  test.each([
    ['another radar’s frame', () => [at('small.json'), config, at('x.png')], /the frame|bytes/u],
    ['a frame that is not there', () => [at('none.bin'), config, at('x.png')], /there is no file .*none\.bin/u],
    ['no configuration', () => [frame(), at('none.json'), at('x.png')], /cannot read .*none\.json/u],
    ['a configuration of something else', () => [frame(), at('scene.json'), at('x.png')], /RadarBasicConfig/u],
    ['another format', () => [frame(), config, at('x.jpg')], /PNG or SVG, not \.jpg/u],
  ])('%s is refused', async (_name, args, message) => {
    const [path = '', configPath = '', output = ''] = args();
    const { code, stderr } = await run('show', path, '--config', configPath, '-o', output);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('film', () => {
  test('of a folder, with progress', async () => {
    const { code, stdout, stderr } = await run(
      'film',
      at('data'),
      '--config',
      config,
      '-o',
      at('film.webp'),
      '--limit',
      '4',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/film\.webp {2}4 frames/u);
    expect(stderr).toContain('frame 000003, 4 of 4, 75 %');
    const film = (await readFile(at('film.webp'))).toString('latin1');
    expect(film.split('ANMF')).toHaveLength(5);
  });

  test('that would have no frames is refused', async () => {
    expect(await run('film', home, '--config', config, '-o', at('film.gif'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are no frames'),
    });
  });
});
