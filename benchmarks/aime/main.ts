// `npm run bench -- aime`: what AIME's clients and workers get.
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runClosedLoop } from '../closed-loop.js';
import { machineFacts } from '../machine.js';
import { cpuPerRequest, readCpuByProgram } from '../process-cpu.js';
import { median, quantile, round } from '../statistics.js';
import { startAimeSubjects, type AimeSubjects } from './subjects.js';

const help = `npm run bench -- aime [options]

submit (asynchronous, until the record is committed), poll (of jobs anywhere in a queue; of \`few\` and of \`many\` that wait),
synchronous jobs by the mesh's own worker with 1 and 64 clients, the same by a bare Express handler on BullMQ, by an external
worker over HTTP in batches of 64, and a JPEG of 1024x1024 that the endpoint wants with 512x512, 8 at once, beside sharp alone.
Rounds are interleaved; of each figure the median over the rounds is printed, as JSON.

  --database pglite|postgres   where the records are (pglite)
  --rounds 3                   rounds
  --ms 2000                    milliseconds of one measurement
  --few 100 --many 10000       jobs that wait while they are polled
  --only a,b                   only these measurements
  --json FILE                  write the figures too
  --profile FOLDER             write a CPU profile of the mesh's main process`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'pglite' },
    rounds: { type: 'string', default: '3' },
    ms: { type: 'string', default: '2000' },
    few: { type: 'string', default: '100' },
    many: { type: 'string', default: '10000' },
    only: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface Measurement {
  readonly name: string;
  readonly request: keyof AimeSubjects['requests'];
  readonly clients: number;
}

const beforeTheQueueIsLong: readonly Measurement[] = [
  { name: 'poll, few waiting', request: 'poll', clients: 32 },
  { name: 'sync, own worker, 1 client', request: 'sync-own', clients: 1 },
  { name: 'sync, bare, 1 client', request: 'bare', clients: 1 },
  { name: 'sync, external worker, 1 client', request: 'sync-external', clients: 1 },
  { name: 'sync, own worker, 64 clients', request: 'sync-own', clients: 64 },
  { name: 'sync, bare, 64 clients', request: 'bare', clients: 64 },
  { name: 'sync, external worker, 64 clients', request: 'sync-external', clients: 64 },
  { name: 'JPEG 1024 to 512', request: 'picture', clients: 8 },
  { name: 'JPEG 1024 to 512, sharp alone', request: 'sharp', clients: 8 },
];
const asItGrows: readonly Measurement[] = [
  { name: 'submit', request: 'submit', clients: 64 },
  { name: 'poll, many waiting', request: 'poll', clients: 32 },
];

interface Sample {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Processor milliseconds of one request, in this process and all below it. */
  readonly cpuMs: number;
}

async function sample(subjects: AimeSubjects, { request, clients }: Measurement): Promise<Sample> {
  const before = readCpuByProgram(process.pid);
  const { latenciesMs, perSecond } = await runClosedLoop({
    clients,
    durationMs: Number(values.ms),
    request: subjects.requests[request],
  });
  const cpu = cpuPerRequest(before, readCpuByProgram(process.pid), latenciesMs.length);
  return {
    perSecond,
    medianMs: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMs: cpu.reduce((sum, [, ms]) => sum + ms, 0),
  };
}

type Figure = Sample & Pick<Measurement, 'name' | 'clients'> & { readonly loadAverage: number };

async function measure(subjects: AimeSubjects, measurements: readonly Measurement[]): Promise<Figure[]> {
  const wanted = measurements.filter(({ name }) => values.only?.split(',').some((part) => name.includes(part)) ?? true);
  for (const { request } of wanted) await Promise.all(Array.from({ length: 16 }, subjects.requests[request]));
  const samples = new Map(wanted.map((measurement) => [measurement, [] as Sample[]]));
  for (let round_ = 0; round_ < Number(values.rounds); round_ += 1) {
    for (const [measurement, taken] of samples) taken.push(await sample(subjects, measurement));
  }
  const { loadAverage } = machineFacts();
  return [...samples].map(([{ name, clients }, taken]) => {
    const middle = (of: (one: Sample) => number, digits: number): number => round(median(taken.map(of)), digits);
    return {
      name,
      clients,
      perSecond: middle(({ perSecond }) => perSecond, 0),
      medianMs: middle(({ medianMs }) => medianMs, 2),
      p99Ms: middle(({ p99Ms }) => p99Ms, 2),
      cpuMs: middle(({ cpuMs }) => cpuMs, 2),
      loadAverage,
    };
  });
}

/** Shares that the same run gives, which a busy machine disturbs least. */
function ratiosOf(figures: readonly Figure[]): Record<string, number> {
  const of = (name: string): number => figures.find((figure) => figure.name === name)?.perSecond ?? Number.NaN;
  const ratios = {
    'own worker to bare, 64 clients': of('sync, own worker, 64 clients') / of('sync, bare, 64 clients'),
    'poll with many waiting to few': of('poll, many waiting') / of('poll, few waiting'),
    'JPEG to sharp alone': of('JPEG 1024 to 512') / of('JPEG 1024 to 512, sharp alone'),
  };
  return Object.fromEntries(
    Object.entries(ratios)
      .filter(([, ratio]) => Number.isFinite(ratio))
      .map(([name, ratio]) => [name, round(ratio)]),
  );
}

if (values.help) {
  console.log(help);
} else {
  if (values.profile !== undefined) await mkdir(values.profile, { recursive: true });
  const database = values.database === 'postgres' ? 'postgres' : 'pglite';
  await using subjects = await startAimeSubjects({ database, profileFolder: values.profile });
  const before = machineFacts();
  await subjects.fill(Number(values.few));
  const figures = await measure(subjects, beforeTheQueueIsLong);
  await subjects.fill(Number(values.many));
  figures.push(...(await measure(subjects, asItGrows)));
  const report = {
    benchmark: 'aime',
    database,
    machine: { ...machineFacts(), loadAverageBefore: before.loadAverage },
    waitingAtTheEnd: subjects.waiting(),
    ratios: ratiosOf(figures),
    figures,
  };
  const text = JSON.stringify(report, null, 2);
  console.log(text);
  if (values.json !== undefined) await writeFile(values.json, `${text}\n`);
}
