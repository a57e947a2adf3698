import { randomInt } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MeshError } from '@infermesh/errors';

export interface FolderClaim extends AsyncDisposable {
  /** Names the process: its id, and when it began, so that a reused id is told apart. */
  readonly owner: string;
}

export interface ClaimOptions {
  /** The claim of the process that started this one: it stands beside ours. */
  readonly partner?: string;
  /** How long to wait for a child whose parent has died and which is about to follow; default 15 s. */
  readonly orphanWaitMs?: number;
}

/**
 * Claims a folder for this process. Every process first writes its claim and then looks for others, so of two at least
 * one sees the other. Claims of dead processes are removed; they can never come alive again.
 *
 * Processes must share one process table: two containers on one volume do not see each other.
 *
 * @throws MeshError CONFIG_INVALID naming the process that holds the folder
 */
export async function claimFolder(
  folder: string,
  { partner, orphanWaitMs = 15_000 }: ClaimOptions = {},
): Promise<FolderClaim> {
  const claims = join(folder, 'claims');
  await mkdir(claims, { recursive: true, mode: 0o700 });
  const owner = describeProcess(process.pid);
  const orphanDeadline = Date.now() + orphanWaitMs;
  for (let attempt = 1; ; attempt += 1) {
    await writeClaim(claims, owner, partner);
    const rival = await findRival(claims, owner, partner);
    if (rival === undefined) return { owner, [Symbol.asyncDispose]: () => rm(join(claims, owner), { force: true }) };

    await rm(join(claims, owner), { force: true });
    const mayPass = rival.isOrphan ? Date.now() < orphanDeadline : attempt < 3;
    if (!mayPass) throw taken(folder, rival.owner);
    await delay(randomInt(10, 60));
  }
}

async function writeClaim(claims: string, owner: string, partner: string | undefined): Promise<void> {
  try {
    await writeFile(join(claims, owner), partner ?? '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw taken(join(claims, '..'), owner);
    throw error;
  }
}

interface Rival {
  readonly owner: string;
  /** Its parent has died; it will notice soon. */
  readonly isOrphan: boolean;
}

async function findRival(claims: string, owner: string, partner: string | undefined): Promise<Rival | undefined> {
  for (const name of await readdir(claims)) {
    if (name === owner || name === partner) continue;
    if (!isAlive(name)) await rm(join(claims, name), { force: true });
    else {
      const parent = await readFile(join(claims, name), 'utf8').catch(() => '');
      return { owner: name, isOrphan: parent !== '' && !isAlive(parent) };
    }
  }
  return undefined;
}

function taken(folder: string, owner: string): MeshError {
  const [pid = ''] = owner.split('-');
  return new MeshError(
    'CONFIG_INVALID',
    `the database folder ${folder} is in use by process ${pid}; stop it, or choose another folder`,
  );
}

function isAlive(owner: string): boolean {
  const pid = Number(owner.split('-')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  return describeProcess(pid) === owner;
}

/** `<pid>-<start, in ticks since the machine booted>-<boot>`; where the system has no /proc, `<pid>-0-0`. */
function describeProcess(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // the second field is the program's name in parentheses and may hold anything
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    if (state === 'Z' || state === 'X') return 'dead';
    return `${String(pid)}-${fields[18] ?? '0'}-${boot}`;
  } catch {
    return `${String(pid)}-0-0`;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
