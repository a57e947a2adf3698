import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MeshError } from '@infermesh/errors';

interface LockHolder {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, as the kernel counts it: tells it from a later process with the same number. */
  readonly processStart: string;
}

const heartbeatMs = 5000;
/** After this long without a heartbeat, a holder on another host (or in another container) counts as gone. */
const silentMs = 30_000;
const mostTries = 5;

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null | undefined)?.code;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function processStartOf(pid: number): string {
  const path = `/proc/${String(pid)}/stat`;
  if (!existsSync(path)) return '';
  try {
    const text = readFileSync(path, 'utf8');
    // The name in parentheses may hold spaces; the start is the twentieth field behind it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isAlive(holder: LockHolder, path: string): Promise<boolean> {
  if (holder.host === hostname()) return isRunning(holder.pid) && processStartOf(holder.pid) === holder.processStart;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < silentMs;
}

/** Moves a dead holder's lock aside. What turns out to be a fresh one is put back. */
async function removeStale(path: string, stale: LockHolder | undefined): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
    const moved = await readHolder(aside);
    if (moved?.token !== stale?.token) await link(aside, path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function take(draft: string, path: string, folder: string): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (await tryLink(draft, path)) return;
    const holder = await readHolder(path);
    if (holder !== undefined && (await isAlive(holder, path))) {
      throw new MeshError('CONFLICT', `${folder} is in use by process ${String(holder.pid)} on ${holder.host}`);
    }
    await removeStale(path, holder);
  }
  throw new MeshError('CONFLICT', `${folder} is being taken by several processes at once`);
}

/**
 * Keeps everybody else off the folder, in this process or another. The lock of a process that died is taken over at
 * once; of one on another host sharing the folder, 30 s after its last heartbeat.
 *
 * @throws MeshError CONFLICT
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  const token = randomBytes(12).toString('hex');
  const draft = `${path}.${token}`;
  const holder: LockHolder = { token, host: hostname(), pid: process.pid, processStart: processStartOf(process.pid) };
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    await take(draft, path, folder);
  } finally {
    await rm(draft, { force: true });
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if ((await readHolder(path))?.token === token) await rm(path, { force: true });
    },
  };
}
