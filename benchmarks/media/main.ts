// `npm run bench -- media`: what it costs to halve a JPEG, by sharp alone and through the mesh.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runClosedLoop } from '../closed-loop.js';
import { machineFacts } from '../machine.js';
import { cpuPerRequest, readCpuByProgram } from '../process-cpu.js';
import { median, quantile, round } from '../statistics.js';
import { startMediaSubjects, type MediaSubjects } from './media-subjects.js';

const help = `npm run bench -- media [options]

A photograph of 1024x1024 pixels, JPEG, to 512x512: by sharp in this process, by packages/media (an image process for each
processor), and by the service as a gateway asks it: a neighbour in its process, and by queue and object store. Rounds are interleaved; of each
figure the median over the rounds is printed, as JSON.

  --clients 8      how many wait at once
  --rounds 5       rounds
  --ms 3000        milliseconds of one measurement
  --json FILE      write the figures too`;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '3000' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface Sample {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Processor milliseconds of one picture, in this process and all below it. */
  readonly cpuMs: number;
}

async function sample(request: () => Promise<unknown>): Promise<Sample> {
  const before = readCpuByProgram(process.pid);
  const { latenciesMs, perSecond } = await runClosedLoop({
    clients: Number(values.clients),
    durationMs: Number(values.ms),
    request,
  });
  const cpu = cpuPerRequest(before, readCpuByProgram(process.pid), latenciesMs.length);
  return {
    perSecond,
    medianMs: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMs: cpu.reduce((sum, [, ms]) => sum + ms, 0),
  };
}

async function measure({ requests }: MediaSubjects): Promise<(Sample & { readonly subject: string })[]> {
  for (const request of Object.values(requests)) await Promise.all(Array.from({ length: 8 }, request));
  const samples = new Map(Object.keys(requests).map((subject) => [subject, [] as Sample[]]));
  for (let round_ = 0; round_ < Number(values.rounds); round_ += 1) {
    for (const [subject, request] of Object.entries(requests)) samples.get(subject)?.push(await sample(request));
  }
  return [...samples].map(([subject, taken]) => {
    const middle = (of: (one: Sample) => number): number => round(median(taken.map(of)), 1);
    return {
      subject,
      perSecond: middle(({ perSecond }) => perSecond),
      medianMs: middle(({ medianMs }) => medianMs),
      p99Ms: middle(({ p99Ms }) => p99Ms),
      cpuMs: middle(({ cpuMs }) => cpuMs),
    };
  });
}

if (values.help) {
  console.log(help);
} else {
  await using subjects = await startMediaSubjects();
  const figures = await measure(subjects);
  const report = {
    benchmark: 'media',
    picture: { from: '1024x1024 JPEG', to: '512x512 JPEG', sizeBytes: subjects.sizeBytes },
    clients: Number(values.clients),
    machine: machineFacts(),
    figures,
  };
  const text = JSON.stringify(report, null, 2);
  console.log(text);
  if (values.json !== undefined) await writeFile(values.json, `${text}\n`);
}
