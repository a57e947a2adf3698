import { describe, expect, it } from '@jest/globals';
import { SceneSimulator, createScene, raddetConfig, type SceneInput } from '../sim/index.js';
import { Radar, type RadarConfig, type RadarPoint, type RadarProfile, type RadarTrack } from '../ts/index.js';

const probability = 2 ** -13;

/** A configuration that reads the same targets in either profile. */
function configOf(profile: RadarProfile): RadarConfig {
  const { detection } = raddetConfig;
  const [dopplerPfa, rangePfa] = profile === 'correct' ? [probability, probability] : [2, 3];
  return {
    ...raddetConfig,
    detection: {
      ...detection,
      angleMethod: 'music',
      dopplerCfar: { ...detection.dopplerCfar, pfa: dopplerPfa },
      rangeCfar: { ...detection.rangeCfar, pfa: rangePfa },
    },
    clustering: { ...raddetConfig.clustering, maxDistanceM: 1.5, minPoints: 2 },
  };
}

function sceneOf(profile: RadarProfile, scene: SceneInput): SceneInput {
  return { ...scene, multiplexing: profile === 'correct' ? 'tdm' : 'coded' };
}

describe.each(['compatible', 'correct'] as const)('in the profile %s', (profile) => {
  const config = configOf(profile);

  it('an isolated target above 15 dB is found within one bin and 2 degrees', async () => {
    using radar = new Radar(config, { profile });
    const { rangeStepM, speedStepMps } = radar.describe();
    for (let index = 0; index < 40; index += 1) {
      const scene = createScene(sceneOf(profile, { seed: index, targets: [scatteredTarget(index)] }));
      const simulator = new SceneSimulator(scene, config);
      const [truth] = simulator.truth(0);
      const strongest = strongestOf((await radar.processFrame(simulator.frame(0))).points);
      expect(Math.abs(strongest.rangeM - (truth?.rangeM ?? NaN))).toBeLessThanOrEqual(rangeStepM);
      expect(Math.abs(strongest.speedMps - (truth?.speedMps ?? NaN))).toBeLessThanOrEqual(speedStepMps);
      expect(Math.abs(strongest.angleDegrees - (truth?.angleDegrees ?? NaN))).toBeLessThanOrEqual(2);
    }
  });

  it('two targets that cross 3 m apart keep their identities', async () => {
    const targets: SceneInput['targets'] = [
      { positionM: [30, -6], velocityMps: [-3, 2], snrDb: 32 },
      { positionM: [33, 6], velocityMps: [-3, -2], snrDb: 32 },
    ];
    const frames = 60;
    const simulator = new SceneSimulator(createScene(sceneOf(profile, { seed: 5, frames, targets })), config);
    using radar = new Radar(config, { profile });
    const seen = targets.map(() => new Set<number>());
    for (let number = 0; number < frames; number += 1) {
      const { tracks } = await radar.processFrame(simulator.frame(number));
      if (number < 5) continue;
      simulator.truth(number).forEach((truth, target) => {
        const nearest = nearestActive(tracks, truth.xM, truth.yM);
        expect(Math.hypot(nearest.xM - truth.xM, nearest.yM - truth.yM)).toBeLessThan(1.5);
        seen[target]?.add(nearest.id);
      });
    }
    expect(seen.map(({ size }) => size)).toEqual([1, 1]);
    expect(seen[0]).not.toEqual(seen[1]);
  });
});

/** Targets all over the field of view, 16 to 40 dB, never slower than what clutter removal dims. */
function scatteredTarget(index: number): NonNullable<SceneInput['targets']>[number] {
  const spread = (step: number): number => (index * step) % 1;
  const range = 6 + 38 * spread(0.618);
  const angle = ((-50 + 100 * spread(0.414)) * Math.PI) / 180;
  const speed = (index % 2 === 0 ? 1 : -1) * (1.5 + 10 * spread(0.732));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return {
    positionM: [range * cos, range * sin],
    velocityMps: [-speed * cos, -speed * sin],
    snrDb: 16 + 24 * spread(0.236),
  };
}

function strongestOf(points: readonly RadarPoint[]): RadarPoint {
  const [strongest] = points.toSorted((a, b) => b.snr - a.snr);
  if (strongest === undefined) throw new Error('no point was found');
  return strongest;
}

function nearestActive(tracks: readonly RadarTrack[], xM: number, yM: number): RadarTrack {
  const [nearest] = tracks
    .filter(({ state }) => state === 'active')
    .toSorted((a, b) => Math.hypot(a.xM - xM, a.yM - yM) - Math.hypot(b.xM - xM, b.yM - yM));
  if (nearest === undefined) throw new Error('no track is active');
  return nearest;
}
