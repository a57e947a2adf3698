// `npm run bench -- overhead`: what the mesh adds to a job that does nothing.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runClosedLoop } from '../closed-loop.js';
import { machineFacts } from '../machine.js';
import { cpuPerRequest, readCpuByProgram } from '../process-cpu.js';
import { median, quantile, round } from '../statistics.js';
import { startSubjects, type DatabaseKind, type Subjects } from './subjects.js';

const help = `npm run bench -- overhead [options]

The same job that does nothing: bullmq (bare), express (a bare handler that adds and waits), attached and durable (through
the mesh: HTTP, key check, queue, worker, model process), submit (durable, until the record is committed), claim
(of a durable job, what its worker waits for claim and commit together).
Runs are interleaved; of each figure the median over the rounds is printed.

  --database pglite|postgres   where the records are (pglite)
  --clients 1,16,64            how many clients wait at once
  --rounds 3                   rounds
  --ms 2000                    milliseconds of one measurement
  --only a,b                   only these
  --json FILE                  write the figures
  --profile FOLDER             write a CPU profile of the mesh's main process`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'pglite' },
    clients: { type: 'string', default: '1,16,64' },
    rounds: { type: 'string', default: '3' },
    ms: { type: 'string', default: '2000' },
    only: { type: 'string', default: 'bullmq,express,attached,durable,submit,claim' },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface Figure {
  readonly subject: string;
  readonly clients: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Processor milliseconds of one request, by program; of all processes that were started for this benchmark. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

async function sample(subject: string, clients: number, request: () => Promise<unknown>): Promise<Figure> {
  const before = readCpuByProgram(process.pid);
  const { latenciesMs, perSecond } = await runClosedLoop({ clients, durationMs: Number(values.ms), request });
  const cpuMs = cpuPerRequest(before, readCpuByProgram(process.pid), latenciesMs.length);
  return {
    subject,
    clients,
    medianMs: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
    perSecond,
    cpuMs: Object.fromEntries(cpuMs.map(([program, ms]) => [program, round(ms)])),
  };
}

async function measure(subjects: Subjects): Promise<Figure[]> {
  const names = values.only.split(',') as (keyof Subjects['requests'])[];
  const figures: Figure[] = [];
  for (const name of names) await runClosedLoop({ clients: 16, durationMs: 1000, request: subjects.requests[name] });
  for (const clients of values.clients.split(',').map(Number)) {
    const samples = new Map(names.map((name) => [name, [] as Figure[]]));
    for (let round_ = 0; round_ < Number(values.rounds); round_ += 1) {
      for (const name of names) {
        samples.get(name)?.push(await sample(name, clients, subjects.requests[name]));
      }
    }
    for (const [subject, rounds] of samples) {
      const middle = (of: (figure: Figure) => number): number => median(rounds.map(of));
      const figure = {
        subject,
        clients,
        medianMs: round(middle(({ medianMs }) => medianMs)),
        p99Ms: round(middle(({ p99Ms }) => p99Ms)),
        perSecond: round(
          middle(({ perSecond }) => perSecond),
          0,
        ),
        cpuMs: rounds[0]?.cpuMs ?? {},
      };
      console.log(
        `${subject.padEnd(9)} ${String(clients).padStart(3)} clients  median ${figure.medianMs.toFixed(2).padStart(8)} ms  ` +
          `p99 ${figure.p99Ms.toFixed(2).padStart(8)} ms  ${figure.perSecond.toFixed(0).padStart(6)}/s  cpu ${Object.entries(
            figure.cpuMs,
          )
            .map(([program, ms]) => `${program} ${ms.toFixed(2)}`)
            .join(', ')}`,
      );
      figures.push(figure);
    }
  }
  return figures;
}

if (values.help) {
  console.log(help);
} else {
  await using subjects = await startSubjects(values.database as DatabaseKind, values.profile);
  const before = machineFacts();
  console.log(
    `${before.cpu}, ${before.cores} cores, node ${before.node}, load ${before.loadAverage}; ${values.database}`,
  );
  const figures = await measure(subjects);
  const machine = machineFacts();
  console.log(`load at the end ${machine.loadAverage}`);
  if (values.json !== undefined)
    await writeFile(
      values.json,
      `${JSON.stringify({ benchmark: 'overhead', database: values.database, machine, figures }, null, 2)}\n`,
    );
}
