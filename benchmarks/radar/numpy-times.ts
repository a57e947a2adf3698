import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Radar, formatRadarConfig, type RadarConfig } from '@infermesh/radar';
import { frameAt } from './street-frames.js';

export interface NumpyTimes {
  readonly numpy: string;
  readonly frameMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly found: readonly (readonly [points: number, clusters: number, tracks: number])[];
}

/** The reference on the same frames, with one thread. Undefined, and a line that tells why, where it cannot run. */
export async function timeNumpy(
  python: string,
  config: RadarConfig,
  cubes: readonly Float32Array[],
): Promise<NumpyTimes | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'radar-bench-'));
  try {
    const [configPath, framesPath] = [join(folder, 'config.json'), join(folder, 'frames.bin')];
    await writeFile(configPath, formatRadarConfig(config));
    await writeFile(framesPath, Buffer.concat(cubes.map((cube) => new Uint8Array(cube.buffer))));
    const script = fileURLToPath(new URL('numpy_reference.py', import.meta.url));
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const { stdout } = await promisify(execFile)(python, [script, configPath, framesPath, '2'], { env });
    return JSON.parse(stdout) as NumpyTimes;
  } catch (error) {
    console.error(`no comparison with NumPy: ${error instanceof Error ? error.message.split('\n', 2).join(' ') : ''}`);
    return undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Both must have found the same, or their times say nothing. */
export async function expectSame(
  config: RadarConfig,
  cubes: readonly Float32Array[],
  { found }: NumpyTimes,
): Promise<void> {
  using radar = new Radar(config);
  for (const [number, expected] of found.entries()) {
    const { points, clusters, tracks } = await radar.processFrame(frameAt(cubes, number));
    const actual = [points.length, clusters.length, tracks.filter(({ state }) => state === 'active').length];
    if (actual.join() !== expected.join()) {
      throw new Error(`frame ${number}: the addon found ${actual.join()}, NumPy ${expected.join()}`);
    }
  }
}
