// `npm run bench -- radar`: how fast frames become points, clusters and tracks.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { Radar, formatRadarConfig, type AngleMethod, type RadarConfig } from '@infermesh/radar';
import { SceneSimulator, createScene, raddetConfig } from '@infermesh/radar/sim';
import { machineFacts } from '../machine.js';
import { median, quantile, round } from '../statistics.js';

const help = `npm run bench -- radar [options]

A frame of 64 chirps, 8 virtual antennas and 256 samples: detection, clustering and tracking through the addon.
Rounds are interleaved, and of each figure the median over the rounds is printed: fft and music (milliseconds of a frame,
one after the other), loop (milliseconds for which the event loop is busy with a frame), two (frames of two radars at once
over frames of one), numpy (milliseconds of a frame of the NumPy reference, and how much longer that is). On a busy machine
look at bestMs and bestRatio: the fastest twentieth of the frames on either side.

  --rounds 9        rounds
  --frames 200      frames of one measurement
  --python python3  an interpreter with numpy; without one the comparison is left out
  --json FILE       write the figures`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    frames: { type: 'string', default: '200' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const frames = Number(values.frames);

const scene = createScene({
  seed: 3,
  frames: 16,
  targets: [
    { positionM: [20, 3], velocityMps: [-5, 0.5], snrDb: 35, sizeM: [4, 1.8], scatterers: 5 },
    { positionM: [33, -8], velocityMps: [4, 1], snrDb: 32, sizeM: [4, 1.8], scatterers: 5 },
    { positionM: [12, -2], velocityMps: [3, -1], snrDb: 28 },
  ],
});
const simulator = new SceneSimulator(scene, raddetConfig);
const cubes = Array.from({ length: scene.frames }, (_, number) => simulator.frame(number));

function configOf(angleMethod: AngleMethod): RadarConfig {
  return { ...raddetConfig, detection: { ...raddetConfig.detection, angleMethod } };
}

/** The frames go round: the targets jump back after the last. */
function cubeAt(number: number): Float32Array {
  const cube = cubes[number % cubes.length];
  if (cube === undefined) throw new Error('the scene has no frames');
  return cube;
}

interface FrameTimes {
  readonly medianMs: number;
  /** The fastest twentieth is faster. */
  readonly bestMs: number;
  readonly p99Ms: number;
  /** Milliseconds of one core, all threads together. */
  readonly cpuMs: number;
  /** Milliseconds for which the event loop was busy. */
  readonly loopMs: number;
  /** The longest synchronous part of a call. */
  readonly longestCallMs: number;
}

async function timeFrames(radar: Radar): Promise<FrameTimes> {
  const times: number[] = [];
  const calls: number[] = [];
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  for (let number = 0; number < frames; number += 1) {
    const startedAt = performance.now();
    const result = radar.processFrame(cubeAt(number));
    calls.push(performance.now() - startedAt);
    await result;
    times.push(performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    medianMs: median(times),
    bestMs: quantile(times, 0.05),
    p99Ms: quantile(times, 0.99),
    cpuMs: (user + system) / 1000 / frames,
    loopMs: performance.eventLoopUtilization(loop).active / frames,
    longestCallMs: quantile(calls, 0.999),
  };
}

async function framesPerSecond(radars: readonly Radar[]): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    radars.map(async (radar) => {
      for (let number = 0; number < frames; number += 1) await radar.processFrame(cubeAt(number));
    }),
  );
  return (1000 * frames * radars.length) / (performance.now() - startedAt);
}

interface NumpyTimes {
  readonly numpy: string;
  readonly frameMs: readonly number[];
  readonly found: readonly (readonly [points: number, clusters: number, tracks: number])[];
}

async function runNumpy(folder: string, config: RadarConfig): Promise<NumpyTimes | undefined> {
  const [configPath, framesPath] = [join(folder, 'config.json'), join(folder, 'frames.bin')];
  await writeFile(configPath, formatRadarConfig(config));
  await writeFile(framesPath, Buffer.concat(cubes.map((cube) => new Uint8Array(cube.buffer))));
  const script = new URL('numpy_reference.py', import.meta.url).pathname;
  try {
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const { stdout } = await promisify(execFile)(values.python, [script, configPath, framesPath, '2'], { env });
    return JSON.parse(stdout) as NumpyTimes;
  } catch (error) {
    console.error(`no comparison with NumPy: ${error instanceof Error ? error.message.split('\n', 2).join(' ') : ''}`);
    return undefined;
  }
}

/** Both must have found the same, or their times say nothing. */
async function checkSame(config: RadarConfig, found: NumpyTimes['found']): Promise<void> {
  using radar = new Radar(config);
  for (const [number, expected] of found.entries()) {
    const { points, clusters, tracks } = await radar.processFrame(cubeAt(number));
    const actual = [points.length, clusters.length, tracks.filter(({ state }) => state === 'active').length];
    if (actual.join() !== expected.join()) {
      throw new Error(`frame ${number}: the addon found ${actual.join()}, NumPy ${expected.join()}`);
    }
  }
}

interface Round {
  readonly fft: FrameTimes;
  readonly music: FrameTimes;
  readonly speedup: number;
  readonly numpyFft: readonly number[];
  readonly numpyMusic: readonly number[];
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'radar-bench-'));
  try {
    using fft = new Radar(configOf('fft'));
    using music = new Radar(configOf('music'));
    using second = new Radar(configOf('fft'));
    for (const radar of [fft, music, second]) await timeFrames(radar);
    const rounds: Round[] = [];
    for (let index = 0; index < Number(values.rounds); index += 1) {
      rounds.push(await runRound(folder, fft, music, second));
    }
    await report(rounds, fft.describe().instructionSet);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runRound(folder: string, fft: Radar, music: Radar, second: Radar): Promise<Round> {
  const fftTimes = await timeFrames(fft);
  const numpyFft = await runNumpy(folder, configOf('fft'));
  const musicTimes = await timeFrames(music);
  const numpyMusic = await runNumpy(folder, configOf('music'));
  if (numpyFft !== undefined) await checkSame(configOf('fft'), numpyFft.found);
  if (numpyMusic !== undefined) await checkSame(configOf('music'), numpyMusic.found);
  const one = await framesPerSecond([fft]);
  const two = await framesPerSecond([fft, second]);
  return {
    fft: fftTimes,
    music: musicTimes,
    speedup: two / one,
    numpyFft: numpyFft?.frameMs ?? [],
    numpyMusic: numpyMusic?.frameMs ?? [],
  };
}

type Middle = (of: (one: Round) => number) => number;

function frameTimes(middle: Middle, of: (one: Round) => FrameTimes): FrameTimes {
  return {
    medianMs: middle((one) => of(one).medianMs),
    bestMs: middle((one) => of(one).bestMs),
    p99Ms: middle((one) => of(one).p99Ms),
    cpuMs: middle((one) => of(one).cpuMs),
    loopMs: middle((one) => of(one).loopMs),
    longestCallMs: middle((one) => of(one).longestCallMs),
  };
}

/** NumPy's times, and the addon's as their divisor, each taken from the same round. */
function comparison(
  middle: Middle,
  addon: (one: Round) => FrameTimes,
  numpy: (one: Round) => readonly number[],
): Record<string, number> {
  return {
    medianMs: middle((one) => median(numpy(one))),
    bestMs: middle((one) => quantile(numpy(one), 0.05)),
    medianRatio: middle((one) => median(numpy(one)) / addon(one).medianMs),
    bestRatio: middle((one) => quantile(numpy(one), 0.05) / addon(one).bestMs),
  };
}

async function report(rounds: readonly Round[], instructionSet: string): Promise<void> {
  const middle: Middle = (of) => round(median(rounds.map(of)), 3);
  const figures = {
    machine: machineFacts(),
    instructionSet,
    frame: { chirps: 64, antennas: 8, samples: 256 },
    fft: frameTimes(middle, ({ fft }) => fft),
    music: frameTimes(middle, ({ music }) => music),
    twoRadarsOverOne: middle(({ speedup }) => speedup),
    numpy: {
      fft: comparison(
        middle,
        ({ fft }) => fft,
        ({ numpyFft }) => numpyFft,
      ),
      music: comparison(
        middle,
        ({ music }) => music,
        ({ numpyMusic }) => numpyMusic,
      ),
    },
  };
  console.log(JSON.stringify(figures, null, 2));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

if (values.help) {
  console.log(help);
} else {
  await main();
}
