import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from './bootstrap/root.mjs';
import { childEnvironment } from './child-environment.mjs';

/** Jest with its output on this terminal. @returns its exit code */
export async function runJest(args) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, 'node_modules/jest/bin/jest.js', ...args], {
    cwd: root,
    env: childEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // A terminal's Ctrl-C reaches Jest by itself; a SIGTERM is for this process alone.
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass).on('SIGINT', () => undefined);
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
