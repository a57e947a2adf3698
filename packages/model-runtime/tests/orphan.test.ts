import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { childEntry } from '@infermesh/lifecycle';
import { Bench, toyEntry } from './bench.js';

const face = childEntry(import.meta.url, '../src/index.js');
const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** A parent of its own, so that a test can kill it or look at what it has loaded. */
function parentScript(folder: string, then: string): string {
  return `
    import { readFileSync } from 'node:fs';
    import { createLogger } from '@infermesh/telemetry';
    import { startModelProcess } from ${JSON.stringify(face)};
    const model = await startModelProcess({
      entry: ${JSON.stringify(toyEntry)}, options: {}, checkpoints: {}, executionProviders: ['cpu'], threads: 1,
      scratchFolder: ${JSON.stringify(folder)}, memoryLimitBytes: 2 ** 30, loadTimeoutMs: 20000, cancelGraceMs: 300,
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
    ${then}`;
}

function startParent(folder: string, then: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--input-type=module', '-e', parentScript(folder, then)], {
    cwd: packageFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a model process and its parent', () => {
  it('dies with a parent that was killed, even while a run blocks it', async () => {
    await using bench = await Bench.open();
    const parent = startParent(
      bench.folder,
      `model.run({ do: 'block' }, {
        signal: new AbortController().signal, deadlineAt: Date.now() + 60000, onPart: () => console.log(model.info.pid),
      });`,
    );
    const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer];
    const pid = Number(line.toString());
    parent.kill('SIGKILL');
    while (isAlive(pid)) await delay(20);
    expect(pid).toBeGreaterThan(1);
  });

  it('leaves onnxruntime to the child', async () => {
    await using bench = await Bench.open();
    const parent = startParent(
      bench.folder,
      `const libraries = readFileSync('/proc/self/maps', 'utf8');
       await model[Symbol.asyncDispose]();
       console.log(libraries.includes('libnode') || libraries.includes('node'), libraries.includes('onnxruntime'));`,
    );
    const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer];
    expect(line.toString().trim()).toBe('true false');
  });
});

/** A killed process that nobody has collected yet (state Z) is dead all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
