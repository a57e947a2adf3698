import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const room = fileURLToPath(new URL('..', import.meta.url));
const fuzzTargets = [
  'radarGetMemSize',
  'radarInitHandle',
  'radarDetection',
  'radarClustering',
  'radarTracking',
  'radarDestroyHandle',
];

// Compilation alone takes most of this where nothing is built yet.
const buildTimeoutMs = 300_000;

async function build(variant: string): Promise<void> {
  await run(process.execPath, ['build-native.mjs', variant], { cwd: room });
}

/** Ends with exit code 0, or throws an error that holds the program's output. */
async function runProgram(program: string, ...args: string[]): Promise<string> {
  try {
    return (await run(`build/${program}`, args, { cwd: room })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

describe('the C interface', () => {
  beforeAll(async () => {
    await build('programs');
  }, buildTimeoutMs);

  it.each(['steps_test', 'interface_test', 'test'])('passes %s', async (program) => {
    expect(await runProgram(program)).toMatch(/^ok/m);
  });

  it('allocates nothing and keeps its memory flat over 1,000 frames', async () => {
    expect(await runProgram('allocation_test', '1000')).toContain('1000 frames, 0 allocations');
  });
});

describe('under checks of addresses and undefined behaviour', () => {
  beforeAll(async () => {
    await build('sanitized');
  }, buildTimeoutMs);

  it.each(['steps_test', 'interface_test', 'test'])('passes %s', async (program) => {
    expect(await runProgram(`sanitized/${program}`)).toMatch(/^ok/m);
  });

  it.each(fuzzTargets)('%s survives random arguments', async (target) => {
    expect(await runProgram('sanitized/fuzz', target, '1', '100')).toContain('100 rounds');
  });
});
