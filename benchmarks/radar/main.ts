// `npm run bench -- radar`: how fast frames become points, clusters and tracks.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Radar, type AngleMethod } from '@infermesh/radar';
import { machineFacts } from '../machine.js';
import { median, quantile, round } from '../statistics.js';
import { timeFrames, type FrameTimes } from './frame-times.js';
import { measureLoopDelays } from './loop-delay.js';
import { measureGrowth } from './memory.js';
import { buildPrograms, countAllocations, timeStages } from './native-programs.js';
import { expectSame, timeNumpy, type NumpyTimes } from './numpy-times.js';
import { configOf, framesInPlace, simulateFrames } from './street-frames.js';
import { compareTwoRadars, type Subject } from './two-radars.js';

const help = `npm run bench -- radar [options]

A frame of 64 chirps, 8 virtual antennas and 256 samples: detection, clustering and tracking through the addon.

  fft, music   milliseconds of a frame, one after the other, on cubes in the radar's own memory
  stagesMs     what of it the steps of the library take, without Node, on one cube over and over
  copied       the same with FFT angles on other cubes, which each call copies first
  numpy        the NumPy reference in the same rounds, and how many times as long it takes: by the clock (medianRatio,
               bestRatio) and in processor time of all threads (cpuRatio)
  twoRadars    frames of two radars at once over those of one
  eventLoop    how long a turn of the event loop takes beside running frames, and without
  memory       what many frames leave behind, and how often the library allocates

Of each figure the median over the rounds is printed. On a busy machine look at bestMs, bestRatio (the fastest twentieth of
the frames on either side) and cpuRatio.

  --rounds 9            rounds
  --frames 200          frames of one measurement
  --memory-frames 20000 frames over which memory is watched
  --python python3      an interpreter with numpy; without one the comparison is left out
  --json FILE           write the figures`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    frames: { type: 'string', default: '200' },
    'memory-frames': { type: 'string', default: '20000' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const frames = Number(values.frames);
const memoryFrames = Number(values['memory-frames']);
const cubes = simulateFrames();

interface AngleRound {
  readonly addon: FrameTimes;
  readonly numpy: NumpyTimes | undefined;
}

interface Round {
  readonly fft: AngleRound;
  readonly music: AngleRound;
  readonly copied: FrameTimes;
}

async function runAngle({ radar, cubes: own }: Subject, method: AngleMethod): Promise<AngleRound> {
  const addon = await timeFrames(radar, own, frames);
  const numpy = await timeNumpy(values.python, configOf(method), cubes);
  if (numpy !== undefined) await expectSame(configOf(method), cubes, numpy);
  return { addon, numpy };
}

async function runRounds(fft: Subject, music: Subject): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let index = 0; index < Number(values.rounds); index += 1) {
    rounds.push({
      fft: await runAngle(fft, 'fft'),
      copied: await timeFrames(fft.radar, cubes, frames),
      music: await runAngle(music, 'music'),
    });
  }
  return rounds;
}

type Figures = Readonly<Record<string, number>>;

/** The median of each figure. */
function middle(samples: readonly Figures[]): Figures {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, round(median(samples.map((one) => one[name] ?? NaN)), 3)]));
}

function rounded(figures: object): Figures {
  return middle([figures as Figures]);
}

/** NumPy's times, and how many of the addon's they are, each taken from the same round. */
function compare({ frameMs, cpuMs }: NumpyTimes, addon: FrameTimes): Figures {
  return {
    medianMs: median(frameMs),
    bestMs: quantile(frameMs, 0.05),
    cpuMs: median(cpuMs),
    medianRatio: median(frameMs) / addon.medianMs,
    bestRatio: quantile(frameMs, 0.05) / addon.bestMs,
    cpuRatio: median(cpuMs) / addon.cpuMs,
  };
}

function compareAll(
  rounds: readonly Round[],
  angleOf: (one: Round) => AngleRound,
  addonOf: (one: Round) => FrameTimes,
) {
  const figures = rounds.flatMap((one) => {
    const { numpy } = angleOf(one);
    return numpy === undefined ? [] : [compare(numpy, addonOf(one))];
  });
  return figures.length === 0 ? null : middle(figures);
}

async function main(): Promise<void> {
  await buildPrograms();
  using fftRadar = new Radar(configOf('fft'));
  using musicRadar = new Radar(configOf('music'));
  using otherRadar = new Radar(configOf('fft'));
  const subjectOf = (radar: Radar): Subject => ({ radar, cubes: framesInPlace(radar, cubes) });
  const [fft, music, other] = [subjectOf(fftRadar), subjectOf(musicRadar), subjectOf(otherRadar)];
  for (const { radar, cubes: own } of [fft, music, other]) await timeFrames(radar, own, frames);

  const growth = await measureGrowth(fft, memoryFrames);
  const rounds = await runRounds(fft, music);
  const { baseline, withFrames, addedP9999Ms } = await measureLoopDelays(fft, Number(values.rounds) * 5);
  const figures = {
    machine: machineFacts(),
    instructionSet: fftRadar.describe().instructionSet,
    frame: { chirps: 64, antennas: 8, samples: 256 },
    fft: middle(rounds.map((one) => ({ ...one.fft.addon }))),
    stagesMs: await timeStages(),
    music: middle(rounds.map((one) => ({ ...one.music.addon }))),
    copied: middle(rounds.map((one) => ({ ...one.copied }))),
    numpy: {
      version: rounds[0]?.fft.numpy?.numpy ?? null,
      fft: compareAll(
        rounds,
        (one) => one.fft,
        (one) => one.fft.addon,
      ),
      copied: compareAll(
        rounds,
        (one) => one.fft,
        (one) => one.copied,
      ),
      music: compareAll(
        rounds,
        (one) => one.music,
        (one) => one.music.addon,
      ),
    },
    twoRadars: rounded(await compareTwoRadars(fft, other, Number(values.rounds) * 200)),
    eventLoop: { baseline: rounded(baseline), withFrames: rounded(withFrames), addedP9999Ms: round(addedP9999Ms, 3) },
    memory: {
      addon: growth,
      library: await countAllocations(Math.ceil(memoryFrames / 4)),
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
