#!/usr/bin/env node
import { homedir, hostname } from 'node:os';
import { Interrupted } from './cli/interrupted.js';
import { runCommandLine } from './cli/run-command-line.js';

const { env } = process;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort(new Interrupted(signal));
  });
}
// A reader that leaves early (`| head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  environment: {
    url: nonEmpty(env['INFERMESH_URL']),
    apiKey: nonEmpty(env['INFERMESH_API_KEY']),
    xdgConfigHome: env['XDG_CONFIG_HOME'],
    homeDirectory: homedir(),
    hostName: hostname(),
  },
  terminal: process,
  signal: stopping.signal,
});

/** A variable set to nothing is one that is not set. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
