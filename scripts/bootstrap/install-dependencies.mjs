import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listRooms } from './rooms.mjs';
import { root } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';
import { fingerprint, hasStamp, removeStamp, writeStamp } from './stamp.mjs';

const stamp = 'dependencies';

/** Installs what the lockfile names, with the pnpm version that package.json pins. */
export async function installDependencies() {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const print = fingerprint([manifest, ...installInputs().map((file) => readFileSync(join(root, file), 'utf8'))]);
  if (hasStamp(stamp, print)) return 'already there';

  removeStamp(stamp);
  const pnpm = JSON.parse(manifest).packageManager.split('+')[0];
  // Purging a node_modules of another make would ask, and nobody is there to answer.
  const options = ['--frozen-lockfile', '--config.confirmModulesPurge=false', '--reporter=append-only'];
  await runQuietly('npx', ['--yes', pnpm, 'install', ...options]);
  writeStamp(stamp, print);
  return pnpm;
}

function installInputs() {
  const rooms = [...listRooms(), 'tests', 'benchmarks', 'scripts/arch-canary'];
  return ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...rooms.map((room) => `${room}/package.json`)];
}
