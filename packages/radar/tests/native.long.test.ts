import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const room = fileURLToPath(new URL('..', import.meta.url));

// On a busy machine; it takes about a minute on one core.
const testTimeoutMs = 900_000;

beforeAll(async () => {
  await run(process.execPath, ['build-native.mjs', 'programs'], { cwd: room });
}, 300_000);

describe('the C interface', () => {
  it(
    'allocates nothing and keeps its memory flat over 100,000 frames',
    async () => {
      const { stdout } = await run('build/allocation_test', ['100000'], { cwd: room, timeout: testTimeoutMs });
      expect(stdout).toContain('100000 frames, 0 allocations');
    },
    testTimeoutMs,
  );
});
