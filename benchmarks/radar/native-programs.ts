import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const room = fileURLToPath(new URL('../../packages/radar', import.meta.url));

export async function buildPrograms(): Promise<void> {
  await run(process.execPath, ['build-native.mjs', 'programs'], { cwd: room });
}

export interface Allocations {
  readonly frames: number;
  readonly allocations: number;
  /** of resident memory that came in */
  readonly pages: number;
}

/** The library's calls of malloc and its kin, counted by a program that replaces them. */
export async function countAllocations(frames: number): Promise<Allocations> {
  const { stdout } = await run('build/allocation_test', [String(frames)], { cwd: room });
  const counts = /(\d+) frames, (\d+) allocations, (-?\d+) pages/u.exec(stdout);
  if (counts === null) throw new Error(`allocation_test printed ${stdout}`);
  return { frames: Number(counts[1]), allocations: Number(counts[2]), pages: Number(counts[3]) };
}

/** Milliseconds of each step of the library, without Node: the fastest twentieth of the frames. */
export async function timeStages(): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await run('build/stage_times', ['2000'], { cwd: room });
  return JSON.parse(stdout) as Record<string, number>;
}
