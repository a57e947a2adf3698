import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLineOf } from './process-identity.js';

export type Claim = { readonly owned: true } | { readonly owned: false; readonly ownerPid: number };

function readPid(path: string): number {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10);
  } catch {
    return Number.NaN;
  }
}

/** link() gives the file its name and its content in one step: nobody reads a half-written claim. */
function tryCreate(path: string): boolean {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, `${String(process.pid)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Of two processes that both saw the same dead owner, one must not remove the other's fresh claim. */
function removeStale(path: string, deadPid: number): void {
  const grave = `${path}.stale.${String(process.pid)}`;
  try {
    renameSync(path, grave);
    if (readPid(grave) !== deadPid && !Number.isNaN(deadPid)) linkSync(grave, path);
  } catch {
    return; // another process was faster
  } finally {
    rmSync(grave, { force: true });
  }
}

/**
 * Makes this process the only owner of the folder. A living owner gets `patienceMs` to leave: it may be the supervisor of a
 * parent that was just killed. `isOwner` knows an owner by its command line, against reused process ids.
 */
export async function claimFolder(
  folder: string,
  isOwner: (commandLine: string) => boolean,
  patienceMs: number,
): Promise<Claim> {
  const path = join(folder, 'owner.pid');
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    if (tryCreate(path)) return { owned: true };
    const ownerPid = readPid(path);
    const isAlive = !Number.isNaN(ownerPid) && ownerPid !== process.pid && isOwner(commandLineOf(ownerPid));
    if (!isAlive) removeStale(path, ownerPid);
    else if (Date.now() > giveUpAt) return { owned: false, ownerPid };
    else await delay(50);
  }
}

/** Gives the folder up, when it is still ours. */
export function releaseFolder(folder: string): void {
  const path = join(folder, 'owner.pid');
  if (readPid(path) === process.pid) rmSync(path, { force: true });
}
