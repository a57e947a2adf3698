import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ComplexMatrix } from '../reference/complex.js';
import { rangeDopplerSpectrum } from '../reference/range-doppler-spectrum.js';
import { readCube } from '../reference/read-cube.js';
import { ReferenceRadar } from '../reference/reference-radar.js';
import { windowWeights } from '../reference/window.js';
import { raddetConfig } from './configs.js';
import { encodeFrame } from './frame-file.js';
import { createScene, type SceneInput } from './scene.js';
import { SceneSimulator } from './scene-simulator.js';

const { basic } = raddetConfig;
const windows = { range: windowWeights('hann', 256), doppler: windowWeights('hann', 64) };

function simulate(scene: SceneInput, frame = 0): Float32Array {
  return new SceneSimulator(createScene(scene), raddetConfig).frame(frame);
}

function digest(cube: Float32Array): string {
  return createHash('sha256').update(encodeFrame(cube)).digest('hex');
}

/** The spectrum of the first antenna. */
function spectrumOf(cube: Float32Array): ComplexMatrix {
  const [first] = readCube(cube, 'chirp-antenna-sample', basic);
  if (first === undefined) throw new Error('no antenna');
  return rangeDopplerSpectrum(first, windows);
}

function powersOf(spectrum: ComplexMatrix): number[][] {
  return Array.from({ length: spectrum.rows }, (_, rangeBin) => {
    const { re, im } = spectrum.row(rangeBin);
    return Array.from(re, (value, dopplerBin) => value ** 2 + (im[dopplerBin] ?? 0) ** 2);
  });
}

describe('an echo', () => {
  test.each([
    [
      [20, 0],
      [-8, 0],
    ],
    [
      [12, 9],
      [3, 4],
    ],
    [
      [40, -15],
      [2, 9],
    ],
  ] as const)('of a target at %j, moving by %j, is where the physics says', (positionM, velocityMps) => {
    const scene = createScene({ targets: [{ positionM: [...positionM], velocityMps: [...velocityMps], snrDb: 30 }] });
    const simulator = new SceneSimulator(scene, raddetConfig);
    const [truth] = simulator.truth(0);
    const result = new ReferenceRadar(
      { ...raddetConfig, detection: { ...raddetConfig.detection, angleMethod: 'dbf' } },
      'compatible',
    ).process(simulator.frame(0));
    const strongest = result.points.reduce((best, point) => (point.snr > best.snr ? point : best));
    expect(Math.abs(strongest.rangeM - (truth?.rangeM ?? 0))).toBeLessThan(0.195177);
    expect(Math.abs(strongest.speedMps - (truth?.speedMps ?? 0))).toBeLessThan(0.420365);
    expect(Math.abs(strongest.angleDegrees - (truth?.angleDegrees ?? 0))).toBeLessThan(1);
  });

  test('has the signal-to-noise ratio that was asked for, in the middle of a cell', () => {
    const rangeM = 100 * 0.1951774; // range bin 156
    const speed = 10 * 0.4203655; // Doppler bin 42
    // The Doppler shift within a chirp moves the range by start frequency / slope * speed: undone here.
    const apparent = rangeM + (77.18e9 / 30e12) * speed;
    const powers = powersOf(
      spectrumOf(simulate({ targets: [{ positionM: [apparent, 0], velocityMps: [-speed, 0], snrDb: 40 }] })),
    );
    const noise = powers.slice(0, 140).flatMap((row) => row.slice(2, 28));
    const noisePower = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    expect(10 * Math.log10((powers[156]?.[42] ?? 0) / noisePower)).toBeCloseTo(40, 0);
  });

  test('of an extended target fills its box and carries the same power', () => {
    const energyOf = (more: object) => {
      const target = {
        positionM: [30, 0] as [number, number],
        velocityMps: [-5, 0] as [number, number],
        snrDb: 40,
        ...more,
      };
      const cube = simulate({ noiseRms: 1e-3, targets: [target] });
      return cube.reduce((sum, value) => sum + value ** 2, 0);
    };
    const powers = powersOf(
      spectrumOf(
        simulate({
          targets: [{ positionM: [30, 0], velocityMps: [-5, 0], snrDb: 45, sizeM: [6, 2], scatterers: 40 }],
        }),
      ),
    );
    const strong = powers.flatMap((row, rangeBin) => (Math.max(...row) > 1e3 * 100 ? [256 - rangeBin] : []));
    expect(Math.min(...strong) * 0.195177).toBeGreaterThan(26.4);
    expect(Math.max(...strong) * 0.195177).toBeLessThan(33.6);
    expect(strong.length).toBeGreaterThan(15);
    // Echoes of 40 points interfere; over the whole cube their energies add up to about that of one.
    const ratio = energyOf({ sizeM: [6, 2], scatterers: 40 }) / energyOf({});
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('outside of the field of view there is none', () => {
    const noise = digest(simulate({ seed: 4 }));
    for (const positionM of [
      [-10, 3],
      [49, 20],
    ] as const) {
      expect(digest(simulate({ seed: 4, targets: [{ positionM: [...positionM], snrDb: 60 }] }))).toBe(noise);
    }
  });

  test('targets move from frame to frame', () => {
    const scene = createScene({ frames: 11, targets: [{ positionM: [20, 0], velocityMps: [5, 2], snrDb: 20 }] });
    expect(new SceneSimulator(scene, raddetConfig).truth(10)).toMatchObject([{ xM: 25, yM: 2 }]);
  });
});

describe('multiplexing', () => {
  const target = { positionM: [20, 6] as [number, number], velocityMps: [-9, 0] as [number, number], snrDb: 35 };
  const angle = (Math.atan2(6, 20) * 180) / Math.PI;

  test.each([
    ['coded', 'compatible'],
    ['tdm', 'correct'],
  ] as const)('%s is what %s expects', (multiplexing, profile) => {
    const cube = simulate({ multiplexing, targets: [target] });
    const pfa = profile === 'correct' ? 1e-3 : 3;
    const cfar = { kind: 'ca', pfa, guardCells: 4, trainingCells: 8 } as const;
    const detection = { ...raddetConfig.detection, angleMethod: 'music', dopplerCfar: cfar, rangeCfar: cfar } as const;
    const { points } = new ReferenceRadar({ ...raddetConfig, detection }, profile).process(cube);
    const strongest = points.reduce((best, point) => (point.snr > best.snr ? point : best));
    expect(Math.abs(strongest.angleDegrees - angle)).toBeLessThan(2);
  });

  test('tdm without compensation is far off', () => {
    const detection = { ...raddetConfig.detection, angleMethod: 'dbf' } as const;
    const cube = simulate({ multiplexing: 'tdm', targets: [target] });
    const { points } = new ReferenceRadar({ ...raddetConfig, detection }, 'compatible').process(cube);
    const strongest = points.reduce((best, point) => (point.snr > best.snr ? point : best));
    expect(Math.abs(strongest.angleDegrees - angle)).toBeGreaterThan(2);
  });
});

describe('determinism', () => {
  const scene: SceneInput = {
    seed: 42,
    frames: 3,
    targets: [{ positionM: [20, 5], velocityMps: [-5, 0], snrDb: 20, sizeM: [4, 2], scatterers: 5 }],
  };
  test('the same scene gives the same bytes, in any order of frames', () => {
    const simulator = new SceneSimulator(createScene(scene), raddetConfig);
    const forward = [0, 1, 2].map((frame) => digest(simulator.frame(frame)));
    const backward = [2, 1, 0].map((frame) => digest(simulator.frame(frame))).reverse();
    expect(backward).toEqual(forward);
    expect(new Set(forward).size).toBe(3);
    expect(digest(simulate({ ...scene, seed: 43 }))).not.toBe(forward[0]);
  });

  test('a buffer that is used again holds nothing of the frame before', () => {
    const simulator = new SceneSimulator(createScene(scene), raddetConfig);
    const buffer = new Float32Array(simulator.frame(0));
    expect(simulator.frame(1, buffer)).toBe(buffer);
    expect(digest(buffer)).toBe(digest(simulate(scene, 1)));
  });
});
