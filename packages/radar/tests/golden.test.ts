import { describe, expect, it } from '@jest/globals';
import { SceneSimulator, createScene, raddetConfig } from '../sim/index.js';
import { Radar, type RadarConfig, type RadarTrack } from '../ts/index.js';

/** Measured on public data with the same rules; docs/radar.md. */
describe('golden values', () => {
  it('the strongest point of RADDet frame 559 lies where its bins say', async () => {
    const [range, speed, angle] = [29.4717, -7.5666, (18.2099 * Math.PI) / 180];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const simulator = new SceneSimulator(
      createScene({
        targets: [{ positionM: [range * cos, range * sin], velocityMps: [-speed * cos, -speed * sin], snrDb: 35 }],
      }),
      raddetConfig,
    );
    using radar = new Radar(raddetConfig);
    const { points } = await radar.processFrame(simulator.frame(0));
    const [strongest] = points.toSorted((a, b) => b.snr - a.snr);
    expect(strongest).toMatchObject({ rangeIndex: 256 - 105, speedIndex: 14 });
    expect(strongest?.rangeM).toBeCloseTo(29.472, 3);
    expect(strongest?.speedMps).toBeCloseTo(-7.567, 3);
    expect(strongest?.angleDegrees).toBeCloseTo(18.21, 2);
  });

  it('rows of tracks are measurement updates or pure predictions, and ids stay with their tracks', async () => {
    const config: RadarConfig = {
      ...raddetConfig,
      clustering: { ...raddetConfig.clustering, minPoints: 1 },
      tracking: { ...raddetConfig.tracking, forgetThreshold: 1 },
    };
    const simulator = new SceneSimulator(
      createScene({
        frames: 40,
        targets: [
          { positionM: [35, -5], velocityMps: [-6, 1], snrDb: 30 },
          { positionM: [15, 6], velocityMps: [4, 0], snrDb: 30 },
        ],
      }),
      config,
    );
    using radar = new Radar(config);
    const nothing = new Float32Array(2 * 64 * 8 * 256);
    let before: readonly RadarTrack[] = [];
    let [predictions, updates] = [0, 0];
    for (let number = 0; number < 40; number += 1) {
      const isMissed = number % 6 === 5;
      const { tracks } = await radar.processFrame(isMissed ? nothing : simulator.frame(number));
      for (const [earlier, later] of pairs(before, tracks)) {
        const isPrediction = later.vxMps === earlier.vxMps && later.vyMps === earlier.vyMps;
        expect(isPrediction).toBe(isMissed);
        predictions += Number(isPrediction);
        updates += Number(!isPrediction);
        if (!isPrediction) continue;
        expect(Math.abs(later.xM - earlier.xM - 0.1 * earlier.vxMps)).toBeLessThan(3e-6);
        expect(Math.abs(later.yM - earlier.yM - 0.1 * earlier.vyMps)).toBeLessThan(3e-6);
        expect([later.halfExtentXM, later.halfExtentYM]).toEqual([earlier.halfExtentXM, earlier.halfExtentYM]);
      }
      for (const { id, state, ...numbers } of tracks) {
        if (state === 'detection') expect([id, ...Object.values(numbers)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
      }
      before = tracks;
    }
    expect(predictions).toBeGreaterThanOrEqual(10);
    expect(updates).toBeGreaterThanOrEqual(50);
  });
});

/** The active tracks of two rows in a row that have the same id. */
function pairs(earlier: readonly RadarTrack[], later: readonly RadarTrack[]): [RadarTrack, RadarTrack][] {
  return earlier.flatMap((one) => {
    const other = later.find(({ id, state }) => state === 'active' && id === one.id);
    return one.state === 'active' && other !== undefined ? [[one, other] as [RadarTrack, RadarTrack]] : [];
  });
}
