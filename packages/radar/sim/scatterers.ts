import { gaussian } from './gaussian.js';
import { Random } from './random.js';
import type { Scene, SceneTarget } from './scene.js';

/** One reflecting point that moves in a straight line. */
export interface Scatterer {
  readonly positionM: readonly [x: number, y: number];
  readonly velocityMps: readonly [vx: number, vy: number];
  /** Share of its target's power: 1 over all scatterers of a target. */
  readonly powerShare: number;
}

/** Streams of the scene's seed: frames use 0 and up. */
const scattererStream = -1;

/** Breaks the targets of a scene into points: the same points in every frame. */
export function scatterersOf(scene: Scene): readonly (readonly Scatterer[])[] {
  const random = new Random(scene.seed, scattererStream);
  return scene.targets.map((target) => scatter(target, random));
}

function scatter(target: SceneTarget, random: Random): readonly Scatterer[] {
  const { positionM, velocityMps, scatterers } = target;
  if (scatterers === 1) return [{ positionM, velocityMps, powerShare: 1 }];
  const powers = Array.from({ length: scatterers }, () => gaussian(random) ** 2 + gaussian(random) ** 2);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => ({
    positionM: somewhereIn(target, random),
    velocityMps,
    powerShare: power / total,
  }));
}

function somewhereIn({ positionM, velocityMps, sizeM }: SceneTarget, random: Random): readonly [number, number] {
  const heading = Math.atan2(velocityMps[1], velocityMps[0]);
  const along = (random.uniform() - 0.5) * sizeM[0];
  const across = (random.uniform() - 0.5) * sizeM[1];
  return [
    positionM[0] + along * Math.cos(heading) - across * Math.sin(heading),
    positionM[1] + along * Math.sin(heading) + across * Math.cos(heading),
  ];
}
