import { readFileSync, readdirSync } from 'node:fs';

interface ProcessCpu {
  readonly pid: number;
  readonly parent: number;
  /** The program with the file it runs. */
  readonly name: string;
  readonly cpuMs: number;
}

/** Linux counts in hundredths of a second. */
const msPerTick = 10;

function readProcess(pid: number): ProcessCpu | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const file = args.find((arg) => /\.(?:m?js|ts)$/u.test(arg) && !arg.includes('loader')) ?? program;
    return {
      pid,
      parent: Number(fields[1]),
      name: file.split('/').slice(-2).join('/'),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    };
  } catch {
    return undefined; // it ended meanwhile
  }
}

/**
 * Processor time of a process and all below it, by program: what a request costs, however busy the machine is with other
 * things. Linux only.
 */
export function readCpuByProgram(root: number): Map<string, number> {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== undefined);
  const family = new Set([root]);
  for (let grew = true; grew;) {
    const before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
    grew = family.size > before;
  }
  const byProgram = new Map<string, number>();
  for (const { pid, name, cpuMs } of all) if (family.has(pid)) byProgram.set(name, (byProgram.get(name) ?? 0) + cpuMs);
  return byProgram;
}

/** What was used between two readings, per request, the most expensive first. */
export function cpuPerRequest(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  requests: number,
): [program: string, ms: number][] {
  return [...after]
    .map(([name, ms]): [string, number] => [name, (ms - (before.get(name) ?? 0)) / requests])
    .filter(([, ms]) => ms > 0.005)
    .sort(([, a], [, b]) => b - a);
}
