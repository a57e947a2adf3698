import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { childEntry } from './child-entry.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infermesh-lifecycle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A service that says when it runs and when it is disposed of. */
async function startService(): Promise<ChildProcess> {
  const script = join(folder, 'service.mjs');
  await writeFile(
    script,
    `import { runUntilSignal } from ${JSON.stringify(childEntry(import.meta.url, './index.js'))};
     await runUntilSignal(() => {
       process.send({ type: 'ready' });
       const timer = setInterval(() => undefined, 1000);
       return { [Symbol.asyncDispose]: async () => clearInterval(timer) };
     });`,
  );
  const child = fork(script, [], { execArgv: [] });
  expect(await once(child, 'message')).toEqual([{ type: 'ready' }, undefined]);
  return child;
}

it('stops when told to', async () => {
  const child = await startService();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('stops when its parent closes the channel', async () => {
  const child = await startService();
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
