import { once } from 'node:events';
import { MeshError } from '@infermesh/errors';
import { listenForStop } from '@infermesh/lifecycle';
import type { Arguments } from './arguments.js';
import type { MeshConfig } from './config.js';
import { runFirstJob } from './first-job.js';
import { startMesh, type Mesh } from './mesh.js';
import { loadSecrets } from './secrets.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Starts the mesh, runs the first job, and serves until Ctrl-C or until its parent goes; with `once` it stops after the job. */
export async function runMesh(config: MeshConfig, { once: onlyOnce, job, newAdminKey }: Arguments): Promise<void> {
  process.stdout.on('error', () => undefined); // the terminal may go before the mesh does
  using stop = listenForStop();
  const began = performance.now();
  await using mesh = await start(config, newAdminKey, stop.signal);
  if (mesh === undefined) return;
  say(`ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const url = esdUrl(mesh);
  if (job && !stop.signal.aborted) await showFirstJob(config, mesh, url, stop.signal);
  if (onlyOnce || stop.signal.aborted) return;
  say(
    `\nserving until Ctrl-C\n  ESD API     ${url}\n  keys, users ${authUrl(mesh)}\n  health      ${new URL('/readyz', url).href}\n  metrics     ${new URL('/metrics', url).href}`,
  );
  await once(stop.signal, 'abort');
  say('\nstopping: running jobs finish or go back to their queue');
}

/** @returns undefined when the signal ended the start */
async function start(
  config: MeshConfig,
  newAdminKey: Arguments['newAdminKey'],
  signal: AbortSignal,
): Promise<Mesh | undefined> {
  try {
    return await startMesh({
      config,
      newAdminKey,
      signal,
      onAdminKey: (key) => {
        say(`\nadministrator's key, shown this once: ${key}\n`);
      },
      onStep: (step, ms) => {
        say(`  ${step.padEnd(32)} ${(ms / 1000).toFixed(1)} s`);
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    say('stopped before it was ready');
    return undefined;
  }
}

async function showFirstJob(config: MeshConfig, mesh: Mesh, url: string, signal: AbortSignal): Promise<void> {
  const { pepper } = await loadSecrets(config.folder);
  say('\na first job, through the public API:');
  try {
    const picture = await runFirstJob({ jobQueue: mesh.jobQueue, pepper, url, folder: config.folder, signal });
    say(picture === undefined ? 'left out: there is no user with the permission inference:all' : `picture: ${picture}`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** As the command and the library take it: without a prefix, the slash at the end keeps them from adding `/prod`. */
function esdUrl({ addresses }: Mesh): string {
  const esd = addresses.find(({ dialect }) => dialect === 'esd');
  if (esd === undefined) throw new MeshError('CONFIG_INVALID', 'LISTEN_ESD names no address');
  return new URL(esd.url).pathname === '/' ? `${esd.url}/` : esd.url;
}

function authUrl({ addresses }: Mesh): string {
  return addresses.find(({ dialect }) => dialect === 'auth')?.url ?? '';
}
