import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { MeshError } from '@infermesh/errors';
import { describe, expect, it } from '@jest/globals';
import { SceneSimulator, createScene, raddetConfig } from '../sim/index.js';
import { toNativeOptions, toNativeParam } from './native-param.js';
import { Radar, type RadarConfig } from './index.js';

const simulator = new SceneSimulator(
  createScene({ frames: 3, targets: [{ positionM: [20, 3], velocityMps: [-5, 0], snrDb: 30 }] }),
  raddetConfig,
);
const cube = simulator.frame(0);

function withBasic(changes: Partial<RadarConfig['basic']>): RadarConfig {
  return { ...raddetConfig, basic: { ...raddetConfig.basic, ...changes } };
}

describe('a radar', () => {
  it('finds nothing in an empty frame', async () => {
    using radar = new Radar(raddetConfig);
    const result = await radar.processFrame(new Float32Array(cube.length));
    expect(result).toEqual({ points: [], clusters: [], tracks: [], droppedPoints: 0 });
  });

  it('tells its units, its memory and the instruction set', () => {
    using radar = new Radar(raddetConfig);
    const description = radar.describe();
    expect(description.rangeStepM).toBeCloseTo(0.195177, 6);
    expect(description.speedStepMps).toBeCloseTo(0.420365, 6);
    expect(description.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(['avx512', 'avx2', 'baseline']).toContain(description.instructionSet);
  });

  it('takes the bytes of a file at any offset, and the frame may change once the call has returned', async () => {
    using first = new Radar(raddetConfig);
    using second = new Radar(raddetConfig);
    const bytes = new Uint8Array(cube.byteLength + 1);
    bytes.set(new Uint8Array(cube.buffer), 1);
    const fromBytes = first.processFrame(bytes.subarray(1));
    bytes.fill(255);
    expect(await fromBytes).toEqual(await second.processFrame(cube));
  });

  it('works in place on cubes that it made, and finds the same', async () => {
    using radar = new Radar(raddetConfig);
    using other = new Radar(raddetConfig);
    const cubes = [radar.createCube(), radar.createCube()];
    for (const number of [0, 1, 2]) {
      const own = cubes[number % 2] ?? radar.createCube();
      own.set(simulator.frame(number));
      const copied = await other.processFrame(own);
      expect(await radar.processFrame(own)).toEqual(copied);
    }
    expect(radar.describe().memoryBytes).toBe(other.describe().memoryBytes - cube.byteLength);
  });

  it('leaves its cubes to who holds them, whatever becomes of either', async () => {
    const radar = new Radar(raddetConfig);
    const own = radar.createCube();
    const frame = radar.processFrame(own);
    own.fill(NaN);
    structuredClone(own.buffer, { transfer: [own.buffer] });
    await Promise.allSettled([frame]);
    await expect(radar.processFrame(own)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    radar[Symbol.dispose]();
    own.set(cube);
    expect(own.at(-1)).toBe(cube.at(-1));
    expect(() => radar.createCube()).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });

  it('goes on from the frame before, until its trackers are reset', async () => {
    using radar = new Radar({ ...raddetConfig, clustering: { ...raddetConfig.clustering, minPoints: 1 } });
    const ids: number[][] = [];
    for (const number of [0, 1, 2]) {
      ids.push((await radar.processFrame(simulator.frame(number))).tracks.map(({ id }) => id));
    }
    expect(ids).toEqual([[0], [0], [1]]);
    radar.resetTracking();
    expect((await radar.processFrame(cube)).tracks.map(({ id }) => id)).toEqual([0]);
  });

  it('works beside others of its kind', async () => {
    const radars = Array.from({ length: 6 }, () => new Radar(raddetConfig));
    const results = await Promise.all(radars.map((radar) => radar.processFrame(cube)));
    for (const radar of radars) radar[Symbol.dispose]();
    for (const result of results) expect(result).toEqual(results[0]);
  });
});

describe('a radar refuses', () => {
  it.each([
    ['a truncated cube', cube.subarray(2), /cube: it has 1048568 bytes, and the configuration says 1048576/],
    ['an oversized cube', new Float32Array(cube.length + 2), /cube: it has 1048584 bytes/],
    ['an empty cube', new Float32Array(), /cube: it has 0 bytes/],
    ['a cube of NaN', new Float32Array(cube.length).fill(NaN), /cube: mat holds a sample that is not a finite number/],
    ['infinity', cube.map((value, index) => (index === 70_001 ? Infinity : value)), /not a finite number/],
    ['values too large', cube.map((value) => value * 1e30), /cube: mat holds samples too large/],
  ])('%s, and takes the next frame', async (_name, bad, message) => {
    using radar = new Radar(raddetConfig);
    await expect(radar.processFrame(bad)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID', field: 'cube' });
    await expect(radar.processFrame(bad)).rejects.toThrow(message);
    await expect(radar.processFrame(cube)).resolves.toMatchObject({ droppedPoints: 0 });
  });

  it.each([
    ['zero antennas', withBasic({ receivers: 0 }), 'numRx'],
    ['too few samples', withBasic({ samples: 3 }), 'adcSamples'],
    ['training windows larger than the map', withBasic({ chirps: 20 }), 'DopplerWinGuardLen'],
    ['a slope that is no number', withBasic({ slopeMhzPerUs: NaN }), 'freqSlopeConst'],
  ])('%s, naming the field', (_name, config, field) => {
    expect(() => new Radar(config)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', field }));
  });

  it.each([
    ['a plain array', [1, 2, 3], /cube: it must be a typed array/],
    ['nothing', undefined, /cube: it must be a typed array/],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(cube.byteLength)), /cube: its memory must not be shared/],
  ])('%s for a cube', async (_name, bad, message) => {
    using radar = new Radar(raddetConfig);
    const sent = bad as unknown as Float32Array;
    await expect(radar.processFrame(sent)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID', field: 'cube' });
    await expect(radar.processFrame(sent)).rejects.toThrow(message);
  });

  it('words that it does not know', () => {
    const options = { profile: 'fast' } as unknown as ConstructorParameters<typeof Radar>[1];
    expect(() => new Radar(raddetConfig, options)).toThrow(/profile must be one of compatible, correct/);
  });

  it('factors where the profile wants probabilities', () => {
    expect(() => new Radar(raddetConfig, { profile: 'correct' })).toThrow(
      /DopplerPfa must be a number from 1e-09 to 1/,
    );
  });

  it('a second call while the first is at work, and only then', async () => {
    using radar = new Radar(raddetConfig);
    const first = radar.processFrame(cube);
    await expect(radar.processFrame(cube)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(() => {
      radar[Symbol.dispose]();
    }).toThrow(/another call on this handle has not returned yet/);
    expect(() => radar.describe()).toThrow(MeshError);
    await first;
    await radar.processFrame(cube);
  });

  it('use after it was disposed of', async () => {
    const radar = new Radar(raddetConfig);
    radar[Symbol.dispose]();
    await expect(radar.processFrame(cube)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(() => {
      radar[Symbol.dispose]();
    }).toThrow(/the handle was destroyed/);
    expect(() => {
      radar.resetTracking();
    }).toThrow(MeshError);
  });
});

describe('a worker thread', () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { NativeRadar } = require(workerData.addon);
    const radar = new NativeRadar(workerData.param, workerData.options);
    const cube = new Float32Array(workerData.length);
    radar.process(cube, false).then((frame) => parentPort.postMessage(frame.points.length));
    if (workerData.keepsGoing) {
      const more = Array.from({ length: 8 }, () => new NativeRadar(workerData.param, workerData.options));
      const again = (one, its) => one.process(its, true).then(() => again(one, its));
      more.forEach((one, index) => again(one, index % 2 === 0 ? cube : new Float32Array(one.createCube())));
    }
  `;
  const addon = new URL('../build/radar.node', import.meta.url).pathname;

  function start(keepsGoing: boolean): Worker {
    const param = toNativeParam(raddetConfig);
    const options = toNativeOptions(raddetConfig, 'compatible', 'chirp-antenna-sample');
    return new Worker(source, {
      eval: true,
      workerData: { addon, param, options, length: cube.length, keepsGoing },
    });
  }

  it('has a radar of its own', async () => {
    const worker = start(false);
    expect(await once(worker, 'message')).toEqual([0]);
    await worker.terminate();
  });

  it('may be ended in the midst of its frames', async () => {
    const worker = start(true);
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  });
});
