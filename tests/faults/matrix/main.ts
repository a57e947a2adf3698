import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { faults } from './catalogue.js';
import { formatTable, formatViolations } from './print-table.js';
import { runSchedule } from './run-schedule.js';
import { makeSchedule } from './schedule.js';

const help = `npm run test:faults -- [options]

Runs the fault matrix: every fault under load, alone and several at once, and checks what must hold after each.

  --seed N       decides order, targets and jobs; the same seed repeats the same schedule (default: by the time)
  --jobs N       jobs over the whole matrix (default 20000); a run has its share, also when it is chosen by --fault
  --fault NAME   only the runs of this fault, or "mix"
  --logs FOLDER  keep the services' logs
  --list         name the faults
  --help         this text

Exit code 1 when an invariant was broken.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    jobs: { type: 'string', default: '20000' },
    fault: { type: 'string' },
    logs: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.help) print(help);
else if (values.list) print(faults.map(({ name, topologies }) => `${name} (${topologies.join(', ')})`).join('\n'));
else {
  const code = await runMatrix();
  // Everything is disposed of; a socket that a fault broke may still keep Node from ending by itself.
  // eslint-disable-next-line n/no-process-exit -- see above
  process.exit(code);
}

async function runMatrix(): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const jobs = Number(values.jobs);
  const runs = makeSchedule({ seed, jobs, fault: values.fault });
  if (runs.length === 0) {
    print(`there is no fault ${values.fault ?? ''}; --list names them`);
    return 2;
  }
  if (values.logs !== undefined) await mkdir(values.logs, { recursive: true });
  print(
    `seed ${seed}, ${jobs} jobs over the whole matrix, ${runs.length} runs, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort(new Error('stopped by a signal'));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const began = performance.now();
  const reports = await runSchedule(
    runs,
    { logFolder: values.logs, signal: stopping.signal },
    {
      onBegin: (run, index) => {
        const what = run.planned.map(({ fault }) => fault.name).join(' + ');
        print(`[${index + 1}/${runs.length}] ${what} on ${run.topology}, ${run.jobs} jobs`);
      },
      onEnd: (report) => {
        const verdict = report.violations.length === 0 ? 'all hold' : formatViolations(report, seed, jobs);
        print(`  ${Math.round(report.tookMs / 1000)} s, recovered in ${report.recoveryMs} ms: ${verdict}`);
      },
    },
  );
  print(`\n${formatTable(reports)}\n`);
  print(
    `seed ${seed}, ${Math.round((performance.now() - began) / 60_000)} minutes, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  return reports.some(({ violations }) => violations.length > 0) ? 1 : 0;
}
