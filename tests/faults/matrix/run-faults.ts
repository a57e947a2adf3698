import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../harness/processes.js';
import type { Bench } from './bench.js';
import type { Injected } from './fault.js';
import { checkInvariants, type Violation } from './invariants.js';
import { startLongJob, type Picture } from './job-kinds.js';
import { briskMs, Load } from './load.js';
import { Random } from './random.js';
import { countBusy, countReruns, listOutcomes, type Outcome } from './records.js';
import { watchRecovery } from './recovery.js';
import type { Planned, Run } from './schedule.js';
import { Tally } from './tally.js';

export interface RunReport {
  readonly run: Run;
  readonly detail: string;
  readonly tally: Tally;
  readonly outcomes: readonly Outcome[];
  readonly reruns: number;
  readonly recoveryMs: number;
  readonly tookMs: number;
  readonly violations: readonly Violation[];
}

const fewestAccepted = 5;

/** The share of the jobs that begin before the first fault, and that which is spread over the time of the faults. */
const share = { before: 0.2, during: 0.5 };

/** One run: load, faults while it goes on, and after all has settled every invariant. */
export async function runFaults(bench: Bench, run: Run, picture: Picture): Promise<RunReport> {
  const began = performance.now();
  const tally = new Tally();
  const load = new Load({ bench, tally, picture }, run.jobs, run.loadSeed);
  await load.begun(run.jobs * share.before);
  await untilAtWork(bench, tally);
  await startLongJob({ bench, tally, picture });
  load.paceMs = Math.max(briskMs, durationOf(run) / Math.max(run.jobs * share.during, 1));
  const injected = await Promise.allSettled(run.planned.map((planned) => carryOut(bench, planned)));
  load.paceMs = briskMs;
  const { ms: recoveryMs, signs } = await watchRecovery(bench, tally);
  await load.done();
  await watchRecovery(bench, tally); // what began after the faults must end as well
  const ids = tally.accepted.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const [outcomes, reruns] = await Promise.all([listOutcomes(bench.database, ids), countReruns(bench.database, ids)]);
  const mayBreak = run.planned.some(({ fault }) => fault.breaksConnections === true);
  const violations = [
    ...injected.flatMap((result) =>
      result.status === 'rejected' ? [{ invariant: 'injected' as const, detail: String(result.reason) }] : [],
    ),
    ...checkRecovery(run, recoveryMs, signs),
    ...(await checkInvariants(bench, tally, mayBreak)),
  ];
  return {
    run,
    detail: injected.flatMap((result) => (result.status === 'fulfilled' ? [result.value.detail] : [])).join(', '),
    tally,
    outcomes,
    reruns,
    recoveryMs,
    tookMs: performance.now() - began,
    violations,
  };
}

/** A fault that strikes before there is anything to lose proves nothing. */
async function untilAtWork({ database }: Bench, tally: Tally): Promise<void> {
  await eventually('jobs being accepted and run', async () => {
    const isSo = tally.accepted.length >= fewestAccepted && (await countBusy(database)) > 0;
    return isSo ? true : undefined;
  });
}

function durationOf({ planned }: Run): number {
  return Math.max(...planned.map(({ fault, afterMs }) => afterMs + fault.holdMs));
}

async function carryOut(bench: Bench, { fault, afterMs, seed }: Planned): Promise<Injected> {
  await delay(afterMs);
  const injected = await fault.inject(bench, new Random(seed));
  await delay(fault.holdMs);
  await injected.heal();
  return injected;
}

function checkRecovery({ planned }: Run, recoveryMs: number, signs: string): Violation[] {
  const promisedMs = Math.max(...planned.map(({ fault }) => fault.recoverWithinMs));
  return recoveryMs <= promisedMs ? [] : [{ invariant: 'recovered', detail: signs }];
}
