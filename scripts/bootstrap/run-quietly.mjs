import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Failure } from './failure.mjs';
import { root } from './root.mjs';

/**
 * Runs a command in the repository's folder and keeps its output.
 * @returns exit code, and stdout and stderr together
 */
export async function runCommand(command, args, env = process.env) {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  try {
    const [code] = await once(child, 'close');
    return { code: code ?? 1, output: Buffer.concat(chunks).toString() };
  } catch (error) {
    return { code: 127, output: `${command}: ${error.message}` };
  }
}

/**
 * Runs a command that is expected to succeed, and hands back its output.
 * @throws Failure with the whole output when the command fails
 */
export async function runQuietly(command, args, env = process.env) {
  const { code, output } = await runCommand(command, args, env);
  if (code !== 0) throw new Failure(`${output.trimEnd()}\n\n${[command, ...args].join(' ')}: exit code ${code}`);
  return output;
}
