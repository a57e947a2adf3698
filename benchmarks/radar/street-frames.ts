import type { AngleMethod, Radar, RadarConfig } from '@infermesh/radar';
import { SceneSimulator, createScene, raddetConfig } from '@infermesh/radar/sim';

const scene = createScene({
  seed: 3,
  frames: 16,
  targets: [
    { positionM: [20, 3], velocityMps: [-5, 0.5], snrDb: 35, sizeM: [4, 1.8], scatterers: 5 },
    { positionM: [33, -8], velocityMps: [4, 1], snrDb: 32, sizeM: [4, 1.8], scatterers: 5 },
    { positionM: [12, -2], velocityMps: [3, -1], snrDb: 28 },
  ],
});

/** Two cars and a walker, 64 chirps x 8 virtual antennas x 256 samples. */
export function simulateFrames(): readonly Float32Array[] {
  const simulator = new SceneSimulator(scene, raddetConfig);
  return Array.from({ length: scene.frames }, (_, number) => simulator.frame(number));
}

export function configOf(angleMethod: AngleMethod): RadarConfig {
  return { ...raddetConfig, detection: { ...raddetConfig.detection, angleMethod } };
}

/** The frames go round: the targets jump back after the last. */
export function frameAt(frames: readonly Float32Array[], number: number): Float32Array {
  const frame = frames[number % frames.length];
  if (frame === undefined) throw new Error('the scene has no frames');
  return frame;
}

/** The same frames in memory that the radar works on in place. */
export function framesInPlace(radar: Radar, frames: readonly Float32Array[]): readonly Float32Array[] {
  return frames.map((frame) => {
    const cube = radar.createCube();
    cube.set(frame);
    return cube;
  });
}
