import { SceneSimulator, createScene, cubeLength, raddetConfig } from '../sim/index.js';
import { Radar, type CfarKind, type RadarConfig } from '../ts/index.js';

export interface FalseAlarmCase {
  readonly kinds: readonly [doppler: CfarKind, range: CfarKind];
  readonly pfas: readonly [doppler: number, range: number];
}

/** Every kind on either axis with the other axis switched off, and both together. */
export const falseAlarmCases: readonly FalseAlarmCase[] = [
  ...(['ca', 'so', 'go', 'os'] as const).flatMap((kind) => [
    { kinds: [kind, 'ca'] as const, pfas: [2 ** -8, 1] as const },
    { kinds: ['ca', kind] as const, pfas: [1, 2 ** -8] as const },
  ]),
  { kinds: ['ca', 'os'], pfas: [2 ** -5, 2 ** -9] },
];

/** The share of cells that fire on noise, over the configured one: the smaller of the two probabilities. */
export async function falseAlarmRatio({ kinds, pfas }: FalseAlarmCase, frames: number): Promise<number> {
  const { detection } = raddetConfig;
  const config: RadarConfig = {
    ...raddetConfig,
    basic: { ...raddetConfig.basic, samples: 64 },
    detection: {
      ...detection,
      dopplerCfar: { ...detection.dopplerCfar, kind: kinds[0], pfa: pfas[0] },
      rangeCfar: { ...detection.rangeCfar, kind: kinds[1], pfa: pfas[1] },
    },
    clustering: { ...raddetConfig.clustering, maxPoints: 1 },
  };
  const simulator = new SceneSimulator(createScene({ seed: 99, frames }), config);
  using radar = new Radar(config, { profile: 'correct' });
  const cube = new Float32Array(cubeLength(config.basic));
  let hits = 0;
  for (let number = 0; number < frames; number += 1) {
    hits += (await radar.processFrameWithMap(simulator.frame(number, cube))).hits.length;
  }
  return hits / (frames * 64 * 64) / Math.min(...pfas);
}
