import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stopChild } from '@infermesh/lifecycle';

export interface Child<Facts> extends AsyncDisposable {
  /** What it said when it was ready. */
  readonly facts: Facts;
  readonly pid: number;
}

/** Starts a TypeScript file as a process; resolves with the first message it sends. */
export async function startChild<Facts>(
  file: URL,
  args: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Child<Facts>> {
  const loader = new URL('../scripts/typescript-loader.mjs', import.meta.url);
  const flags = [
    '--enable-source-maps',
    '--disable-warning=NodeVersionSupportWarning',
    '--import',
    loader.href,
    ...nodeFlags,
  ];
  const child = spawn(process.execPath, [...flags, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file.pathname} ended with ${String(code)} before it was ready`);
  });
  const [facts] = (await Promise.race([once(child, 'message'), ended])) as [Facts];
  ended.catch(() => undefined);
  return {
    facts,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      await stopChild(child, 'SIGTERM', 20_000);
    },
  };
}

/** In the child: tells the parent that it is ready, and waits until it is told to stop. */
export async function serveUntilStopped(facts: object): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'disconnect')]);
  process.send?.(facts);
  await stopped;
  if (process.connected) process.disconnect();
}
