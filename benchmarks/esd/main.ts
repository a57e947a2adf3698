// `npm run bench -- esd`: a crowd of ESD's users, and what a Real-time job costs beside its model.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '@infermesh/database';
import { ResourceStack } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import { startPostgresServer } from '../../packages/database/tests/postgres-server.js';
import { installAudit } from '../../tests/faults/matrix/audit.js';
import { startChild } from '../child.js';
import { machineFacts } from '../machine.js';
import { median, quantile, round } from '../statistics.js';
import { findRecordFaults } from './check-records.js';
import { runCrowd, type CrowdReport } from './crowd.js';
import type { JobTimes } from './esd-user.js';
import { measureRealTime } from './real-time.js';

const help = `npm run bench -- esd [options]

crowd: so many users at once create, upload, start, poll and download Lanczos jobs of 64x64 pictures; every result is
looked at, and the records are counted: none lost, none committed twice, no 5xx but 503 with Retry-After. Exit code 1 if not.
real-time: from the start of a Real-time job to its answer, beside the same payload in a model process by itself.

  --database pglite|postgres   where the records are (pglite)
  --users 200                  how many at once
  --jobs 2000                  of all together
  --poll 500                   milliseconds between two looks of a user
  --workers 1                  of each endpoint
  --real-time 100              Real-time jobs for each upscaler
  --upscalers a,b              of them (Lanczos,infermesh-photo-x2)
  --only crowd,real-time       only these
  --json FILE                  write the figures
  --profile FOLDER             write a CPU profile of the mesh's main process`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'pglite' },
    users: { type: 'string', default: '200' },
    jobs: { type: 'string', default: '2000' },
    poll: { type: 'string', default: '500' },
    workers: { type: 'string', default: '1' },
    'real-time': { type: 'string', default: '100' },
    upscalers: { type: 'string', default: 'Lanczos,infermesh-photo-x2' },
    only: { type: 'string', default: 'crowd,real-time' },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

interface MeshFacts {
  readonly url: string;
  readonly authUrl: string;
  readonly adminKey: string;
  readonly databaseUrl: string;
}

interface Bench extends AsyncDisposable {
  readonly mesh: MeshFacts;
}

async function startMesh(): Promise<Bench> {
  await using opened = new ResourceStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-esd-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const databaseUrl = values.database === 'postgres' ? opened.use(await startPostgresServer()).url : '';
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile];
  const entry = new URL('./mesh-process.ts', import.meta.url);
  const { facts } = opened.use(await startChild<MeshFacts>(entry, [folder, databaseUrl, values.workers], profiling));
  const kept = opened.move();
  return { mesh: facts, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

interface CrowdFigures {
  readonly users: number;
  readonly jobs: number;
  readonly finished: number;
  readonly perSecond: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly wrongs: readonly string[];
  /** Median and 99th percentile of each step, in milliseconds. */
  readonly steps: Readonly<Record<keyof JobTimes, readonly [number, number]>>;
}

async function measureCrowd(mesh: MeshFacts): Promise<CrowdFigures> {
  const logger = createLogger({ service: 'benchmark', level: 'warn' });
  await using database = openDatabase({ url: mesh.databaseUrl, maxConnections: 1, logger });
  await installAudit(database);
  const [users, jobs] = [Number(values.users), Number(values.jobs)];
  const report = await runCrowd({ ...mesh, users, jobs, pollMs: Number(values.poll) });
  const wrongs = [...report.wrongs, ...(await findRecordFaults(database, report.finished))];
  return {
    users,
    jobs,
    finished: report.finished.length,
    perSecond: round((report.finished.length / report.elapsedMs) * 1000, 1),
    refusals: Object.fromEntries(report.refusals),
    wrongs,
    steps: stepsOf(report),
  };
}

function stepsOf({ finished }: CrowdReport): CrowdFigures['steps'] {
  const of = (step: keyof JobTimes): readonly [number, number] => {
    const taken = finished.map(({ times }) => times[step]);
    return [round(median(taken), 1), round(quantile(taken, 0.99), 1)];
  };
  return {
    createMs: of('createMs'),
    uploadMs: of('uploadMs'),
    startMs: of('startMs'),
    waitMs: of('waitMs'),
    downloadMs: of('downloadMs'),
    totalMs: of('totalMs'),
  };
}

function printCrowd({ users, jobs, finished, perSecond, refusals, wrongs, steps }: CrowdFigures): void {
  console.log(`${users} users: ${finished} of ${jobs} jobs as they should be, ${perSecond}/s`);
  console.log(`told to come again: ${JSON.stringify(refusals)}; wrong: ${wrongs.length}`);
  for (const wrong of wrongs.slice(0, 20)) console.log(`  ${wrong}`);
  for (const [step, [middle, p99]] of Object.entries(steps))
    console.log(`  ${step.replace(/Ms$/u, '').padEnd(9)} median ${middle} ms  p99 ${p99} ms`);
}

if (values.help) {
  console.log(help);
} else {
  await using bench = await startMesh();
  const { cpu, cores, node, loadAverage } = machineFacts();
  console.log(`${cpu}, ${cores} cores, node ${node}, load ${loadAverage}; ${values.database}`);
  const only = values.only.split(',');
  const realTime = [];
  if (only.includes('real-time')) {
    for (const upscaler of values.upscalers.split(',')) {
      const figure = await measureRealTime({ ...bench.mesh, upscaler, jobs: Number(values['real-time']) });
      realTime.push({ ...figure, loadAverage: machineFacts().loadAverage });
      console.log(
        `${upscaler}: model ${figure.modelMs} ms, Real-time ${figure.startMs} ms (p99 ${figure.startP99Ms}), ` +
          `overhead ${figure.overheadMs} ms, load ${machineFacts().loadAverage}`,
      );
    }
  }
  const crowd = only.includes('crowd') ? await measureCrowd(bench.mesh) : undefined;
  if (crowd !== undefined) printCrowd(crowd);
  const machine = machineFacts();
  console.log(`load at the end ${machine.loadAverage}`);
  if (values.json !== undefined) {
    const report = { benchmark: 'esd', database: values.database, machine, realTime, crowd };
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (crowd !== undefined && (crowd.wrongs.length > 0 || crowd.finished < crowd.jobs)) process.exitCode = 1;
}
