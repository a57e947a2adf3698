import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stopChild } from '@infermesh/lifecycle';
import { meshEnvironment } from './embedded-mesh.js';

const entry = fileURLToPath(new URL('../../services/all-in-one/dist/main.js', import.meta.url));

export interface MeshProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  /** Undefined from the second start on a folder. */
  readonly adminKey: string | undefined;
}

/** `npm start` without its first job, as a process of its own. Resolves when it serves. */
export async function startMeshProcess(folder: string, env: Record<string, string> = {}): Promise<MeshProcess> {
  const child = spawn(process.execPath, [entry, '--no-job'], {
    env: { PATH: process.env['PATH'], ...meshEnvironment(folder), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  let url: string | undefined;
  let adminKey: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    adminKey = /shown this once: (\S+)/u.exec(line)?.[1] ?? adminKey;
    url = /ESD API +(\S+)/u.exec(line)?.[1] ?? url;
    if (line.includes('metrics')) break;
  }
  child.stdout.resume();
  if (url === undefined) throw new Error(`the mesh did not start: ${errors.join('')}`);
  return {
    child,
    url,
    adminKey,
    [Symbol.asyncDispose]: () => stopChild(child, 'SIGTERM', 30_000),
  };
}

/** kill -9, and waits until it is gone. */
export async function killProcess(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
