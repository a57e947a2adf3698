import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { root } from './bootstrap/root.mjs';
import { childEnvironment } from './child-environment.mjs';

// A Ctrl-C arrives more than once: from the terminal, and from npm, which passes it on.
const sameSignalMs = 500;

/**
 * Runs a long-lived process with this one's terminal, passing SIGINT and SIGTERM on once each time they are meant.
 * The child has a process group of its own, so that the terminal's Ctrl-C reaches it through here alone, and a channel
 * whose closing tells it that this process is gone.
 * @returns its exit code; 128 and the signal's number when a signal ended it
 */
export async function runForeground(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    env: childEnvironment(),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  let passedAt = -Infinity;
  const pass = (signal) => {
    if (performance.now() - passedAt < sameSignalMs) return;
    passedAt = performance.now();
    child.kill(signal);
  };
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const [code, signal] = await once(child, 'exit');
  process.off('SIGINT', pass).off('SIGTERM', pass);
  return code ?? 128 + constants.signals[signal];
}
