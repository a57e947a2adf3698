import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface CommandSetup {
  readonly home: string;
  /** Added to an environment that is empty but for HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Starts the built command as a user's shell would, with pipes in place of the terminal. */
export function startCommand(args: readonly string[], { home, env = {}, input = '' }: CommandSetup): RunningCommand {
  const child = spawn(process.execPath, [main, ...args], { env: { HOME: home, ...env }, stdio: 'pipe' });
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const result = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([exit, stdout, stderr]) => ({
    code: exit,
    stdout,
    stderr,
  }));
  return { child, result };
}

export function runCommand(args: readonly string[], setup: CommandSetup): RunningCommand['result'] {
  return startCommand(args, setup).result;
}
