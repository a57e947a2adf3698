import type { RunReport } from './run-faults.js';

const columns = [
  'fault',
  'mesh',
  'jobs',
  'accepted',
  'succeeded',
  'failed',
  'calls',
  'refused',
  're-runs',
  'recovery',
  'invariants',
];

/** One line a run. */
export function formatTable(reports: readonly RunReport[]): string {
  const rows = [columns, ...reports.map(toRow), totals(reports)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Why the invariants of a run do not hold, and how to see it again. */
export function formatViolations({ run, violations, detail }: RunReport, seed: number, jobs: number): string {
  const lines = violations.map(({ invariant, detail: why }) => `  ${invariant}: ${why}`);
  const again = `npm run test:faults -- --seed ${seed} --jobs ${jobs} --fault ${run.name}`;
  return [`${run.name} (${run.topology}; ${detail}) broke its invariants; again: ${again}`, ...lines].join('\n');
}

function toRow({ run, tally, outcomes, reruns, recoveryMs, violations, detail }: RunReport): string[] {
  const broken = [...new Set(violations.map(({ invariant }) => invariant))];
  const name = run.name === 'mix' ? `mix: ${detail}` : run.name;
  return [
    name,
    run.topology,
    String(run.jobs),
    String(tally.accepted.length),
    String(succeededOf(outcomes)),
    failedOf(outcomes),
    String(tally.answered),
    String(tally.unserved),
    String(reruns),
    `${(recoveryMs / 1000).toFixed(1)} s`,
    broken.length === 0 ? 'hold' : `BROKEN: ${broken.join(', ')}`,
  ];
}

function totals(reports: readonly RunReport[]): string[] {
  const sum = (of: (report: RunReport) => number): string =>
    String(reports.reduce((total, report) => total + of(report), 0));
  const broken = reports.filter(({ violations }) => violations.length > 0).length;
  return [
    'all',
    '',
    sum(({ run }) => run.jobs),
    sum(({ tally }) => tally.accepted.length),
    sum(({ outcomes }) => succeededOf(outcomes)),
    sum(({ outcomes }) =>
      outcomes.filter(({ state }) => state !== 'succeeded').reduce((all, { jobs }) => all + jobs, 0),
    ),
    sum(({ tally }) => tally.answered),
    sum(({ tally }) => tally.unserved),
    sum(({ reruns }) => reruns),
    '',
    broken === 0 ? 'hold' : `BROKEN in ${broken}`,
  ];
}

function succeededOf(outcomes: RunReport['outcomes']): number {
  return outcomes.find(({ state }) => state === 'succeeded')?.jobs ?? 0;
}

function failedOf(outcomes: RunReport['outcomes']): string {
  const failed = outcomes.filter(({ state }) => state !== 'succeeded');
  return failed.length === 0
    ? '0'
    : failed.map(({ jobs, reason_code, state }) => `${jobs} ${reason_code ?? state}`).join(', ');
}
