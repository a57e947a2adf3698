import type { RadarBasicConfig, RadarConfig } from '../ts/types.js';
import { addEcho, type ChirpBuffer, type Echo } from './add-echo.js';
import { gaussian } from './gaussian.js';
import { Random } from './random.js';
import { scatterersOf } from './scatterers.js';
import type { Scene } from './scene.js';
import { targetTruth, type TargetTruth } from './target-truth.js';

/**
 * Makes the frames of a scene, as a radar of this configuration would record them. A frame depends on the scene, the
 * configuration and its number alone, so that frames may be made in any order.
 */
export class SceneSimulator {
  readonly #scene: Scene;
  readonly #basic: RadarBasicConfig;
  readonly #echoes: readonly Echo[];
  readonly #chirp: ChirpBuffer;

  constructor(scene: Scene, { basic }: RadarConfig) {
    this.#scene = scene;
    this.#basic = basic;
    this.#echoes = scatterersOf(scene).flatMap((scatterers, target) => {
      const amplitude = amplitudeFor(scene.targets[target]?.snrDb ?? 0, scene.noiseRms, basic);
      return scatterers.map((scatterer) => ({ scatterer, amplitude: amplitude * Math.sqrt(scatterer.powerShare) }));
    });
    this.#chirp = { re: new Float64Array(basic.samples), im: new Float64Array(basic.samples) };
  }

  /**
   * @param cube where the frame goes, to save an allocation; default: a new one
   * @returns [chirp][antenna][sample], interleaved real and imaginary parts
   */
  frame(number: number, cube = new Float32Array(cubeLength(this.#basic))): Float32Array {
    fillWithNoise(cube, this.#scene.noiseRms, new Random(this.#scene.seed, number));
    for (const echo of this.#echoes) {
      addEcho(cube, echo, this.#secondsOf(number), this.#basic, this.#scene.multiplexing, this.#chirp);
    }
    return cube;
  }

  /** Where the targets are at the beginning of a frame. */
  truth(number: number): readonly TargetTruth[] {
    return this.#scene.targets.map((target) => targetTruth(target, this.#secondsOf(number)));
  }

  #secondsOf(number: number): number {
    return number / this.#basic.framesPerSecond;
  }
}

/** Real numbers in a cube: two for each complex value. */
export function cubeLength({ receivers, transmitters, chirps, samples }: RadarBasicConfig): number {
  return 2 * receivers * transmitters * chirps * samples;
}

function fillWithNoise(cube: Float32Array, rms: number, random: Random): void {
  const deviation = rms / Math.SQRT2;
  for (let index = 0; index < cube.length; index += 1) cube[index] = deviation * gaussian(random);
}

/** Noise power grows with the sum of squared weights, the power of an echo with the square of their sum. */
function amplitudeFor(snrDb: number, noiseRms: number, { samples, chirps }: RadarBasicConfig): number {
  const gain = hannGain(samples) * hannGain(chirps);
  return noiseRms * Math.sqrt(10 ** (snrDb / 10) / gain);
}

/** By how much a Hann-windowed transform lifts a tone over white noise, in power. */
function hannGain(length: number): number {
  if (length < 3) return length;
  let [sum, squares] = [0, 0];
  for (let index = 0; index < length; index += 1) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (length - 1));
    sum += weight;
    squares += weight * weight;
  }
  return sum ** 2 / squares;
}
