import { readFile } from 'node:fs/promises';
import type { ProcessInfo } from '../../harness/processes.js';
import type { Bench } from './bench.js';
import type { Random } from './random.js';

/** The worker that has the longest of the running jobs; any, when no job runs. */
export async function workerAtWork(bench: Bench, random: Random): Promise<ProcessInfo> {
  const { rows } = await bench.database.query<{ worker_id: string }>(
    `SELECT worker_id FROM job WHERE state = 'active' AND job_type = 'toy-sleep' ORDER BY (inputs->>'ms')::int DESC LIMIT 1`,
  );
  const workers = await bench.workers();
  const entry = `WORKER_ID=${rows[0]?.worker_id ?? ''}\0`;
  const environments = await Promise.all(workers.map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8')));
  return workers.find((_, index) => environments[index]?.includes(entry)) ?? random.pick(workers);
}
