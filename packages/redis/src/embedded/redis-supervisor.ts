/**
 * A process of its own between a service and its private redis-server: it starts the server again when it dies, and ends
 * it when the service goes away, even by SIGKILL, which shows here as a closed channel.
 *
 * node redis-supervisor.js <folder>, then a SupervisorOrder over the channel.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs, stopChild } from '@infermesh/lifecycle';
import { claimFolder, releaseFolder } from './claim-folder.js';
import { commandLineOf } from './process-identity.js';
import { configPath, writeServerFiles } from './server-files.js';
import type { SupervisorMessage, SupervisorOrder } from './supervisor-messages.js';

const ownerPatienceMs = 3000;
const stopGraceMs = 1000;
const restartBackoff = { firstMs: 50, maxMs: 2000 };
/** A server that lived this long was healthy: its next restart is immediate again. */
const healthyAfterMs = 5000;

const folder = process.argv[2] ?? '.';
const pidFile = join(folder, 'redis.pid');
const stopping = new AbortController();
let server: ChildProcess | undefined;

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

/** Ends a server that outlived its supervisor: two servers on one append-only file would destroy it. */
async function reapLeftover(): Promise<void> {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  } catch {
    return;
  }
  const isOurs = (): boolean => commandLineOf(pid).includes(configPath(folder));
  while (isOurs()) {
    process.kill(pid, 'SIGKILL');
    await delay(20);
  }
  rmSync(pidFile, { force: true });
}

async function runOnce(binary: string): Promise<string> {
  const child = spawn(binary, [configPath(folder)], { stdio: 'ignore' });
  server = child;
  if (child.pid !== undefined) {
    writeFileSync(pidFile, String(child.pid), { mode: 0o600 });
    tell({ type: 'started', pid: child.pid });
  }
  return await new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `code ${String(code)}`);
    });
  });
}

function isStopping(): boolean {
  return stopping.signal.aborted;
}

async function superviseUntilStopped(binary: string): Promise<void> {
  let failures = 0;
  while (!isStopping()) {
    const startedAt = performance.now();
    const reason = await runOnce(binary);
    if (isStopping()) return;
    tell({ type: 'exited', reason });
    failures = performance.now() - startedAt > healthyAfterMs ? 1 : failures + 1;
    await delay(backoffMs(restartBackoff, failures), undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

async function stop(): Promise<void> {
  stopping.abort();
  if (server !== undefined) await stopChild(server, 'SIGTERM', stopGraceMs);
}

async function main(): Promise<void> {
  process.once('disconnect', () => void stop());
  process.once('SIGTERM', () => void stop());
  const [order] = (await once(process, 'message', { signal: stopping.signal })) as [SupervisorOrder];
  const isOwner = (line: string): boolean => line.includes('redis-supervisor') && line.endsWith(` ${folder}`);
  const claim = await claimFolder(folder, isOwner, ownerPatienceMs);
  if (!claim.owned) {
    tell({ type: 'refused', ownerPid: claim.ownerPid });
    return;
  }
  try {
    await reapLeftover();
    writeServerFiles(order.settings);
    await superviseUntilStopped(order.binary);
  } finally {
    rmSync(pidFile, { force: true });
    releaseFolder(folder);
  }
}

await main();
if (process.connected) process.disconnect();
