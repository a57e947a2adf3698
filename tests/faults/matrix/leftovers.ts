import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deleteJobs } from '@infermesh/contracts';
import { listProcesses } from '../../harness/processes.js';
import { allWorkers, type Bench } from './bench.js';

/** What ends by itself has so long for it: a worker's restart, a stream that nobody renews. */
const settleMs = 60_000;
const lookEveryMs = 500;
const deleteAtOnce = 100;

/** Every job is deleted; then nothing may be left that grew with them. */
export async function checkLeftovers(bench: Bench): Promise<string[]> {
  await deleteAllJobs(bench);
  const giveUpAt = performance.now() + settleMs;
  for (;;) {
    const left = await findLeftovers(bench);
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    await delay(lookEveryMs);
  }
}

async function deleteAllJobs({ database, jobQueue }: Bench): Promise<void> {
  for (;;) {
    const { rows } = await database.query<{ id: string }>('SELECT id FROM job LIMIT $1', [deleteAtOnce]);
    if (rows.length === 0) return;
    await jobQueue.call(
      deleteJobs,
      { access: { tenantId: 'default', subject: 'faults', anyOwner: true }, ids: rows.map(({ id }) => id) },
      { deadlineAt: Date.now() + 60_000 },
    );
  }
}

async function findLeftovers(bench: Bench): Promise<string[]> {
  const found = await Promise.all([
    findRows(bench),
    findKeys(bench),
    findObjects(bench),
    findScratch(bench),
    findProcesses(bench),
  ]);
  return found.flat();
}

async function findRows({ database }: Bench): Promise<string[]> {
  const { rows } = await database.query<{ jobs: number; outputs: number }>(
    'SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM job_output) AS outputs',
  );
  const { jobs = 0, outputs = 0 } = rows[0] ?? {};
  return [...(jobs > 0 ? [`${jobs} records`] : []), ...(outputs > 0 ? [`${outputs} outputs' rows`] : [])];
}

/** What BullMQ keeps for each queue, however many jobs went through it. */
const queueKeys = /^\{bull-([^}]+)\}:\1:(?:meta|id|events|marker|stalled-check|pc)$/u;

/** Keys that neither belong to a queue itself nor expire. */
async function findKeys({ redis }: Bench): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, page] = await redis.scan(cursor, 'COUNT', 1000);
    keys.push(...page.filter((key) => !queueKeys.test(key)));
    cursor = next;
  } while (cursor !== '0');
  const lasting: string[] = [];
  for (const key of keys) if ((await redis.pttl(key)) === -1) lasting.push(key);
  return lasting.map((key) => `Redis key ${key}`);
}

async function findObjects(bench: Bench): Promise<string[]> {
  if (bench.topology === 'embedded') return [];
  const keys: string[] = [];
  for await (const { key } of bench.split.objectStore.list('jobs/', { signal: AbortSignal.timeout(10_000) }))
    keys.push(`object ${key}`);
  return keys;
}

/** Empty folders that each worker keeps for its next attached jobs. */
const maxKeptFolders = 64;

async function findScratch({ folder }: Bench): Promise<string[]> {
  const scratch = join(folder, 'workers', 'scratch');
  const workers = await readdir(scratch);
  const files = await Promise.all(workers.map((worker) => findScratchOf(join(scratch, worker))));
  return [...(workers.length > allWorkers ? [`${workers.length} scratch folders`] : []), ...files.flat()];
}

async function findScratchOf(workerFolder: string): Promise<string[]> {
  const names = await readdir(workerFolder).catch(() => []);
  const kept = names.filter((name) => name.startsWith('attached-'));
  const written = await Promise.all(kept.map((name) => readdir(join(workerFolder, name)).catch(() => [])));
  return [
    ...names.filter((name) => !kept.includes(name)).map((name) => `scratch file ${name}`),
    ...written.flat().map((name) => `scratch file ${name} of an attached job`),
    ...(kept.length > maxKeptFolders ? [`${kept.length} folders of attached jobs`] : []),
  ];
}

/** Too many or too few workers, model processes without a worker, and whatever lost its parent. */
async function findProcesses(bench: Bench): Promise<string[]> {
  const [workers, models, all] = await Promise.all([bench.workers(), bench.modelProcesses(), listProcesses()]);
  const parents = new Set(workers.map(({ pid }) => pid));
  const orphans = all.filter(({ parent, command }) => parent === 1 && command.includes(bench.folder));
  return [
    ...(workers.length === allWorkers ? [] : [`${workers.length} worker processes instead of ${allWorkers}`]),
    ...models.filter(({ parent }) => !parents.has(parent)).map(({ pid }) => `model process ${pid} without a worker`),
    ...orphans.map(({ pid, command }) => `process ${pid} without a parent: ${command}`),
  ];
}
