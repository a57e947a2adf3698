import { createHash } from 'node:crypto';
import { deleteJobs } from '@infermesh/contracts';
import { eventually } from '../../harness/processes.js';
import { testImage } from '../../harness/test-image.js';
import type { ToyAnswer } from '../../harness/toy-client.js';
import type { Bench } from './bench.js';
import type { Random } from './random.js';
import type { Tally } from './tally.js';

/** How long past its deadline an attached call's answer may take on its way through HTTP on a busy machine. */
const answerSlackMs = 2_000;
const callTimeoutMs = 5_000;
const access = { tenantId: 'default', subject: 'faults', anyOwner: true } as const;

interface JobKind {
  readonly weight: number;
  readonly run: (load: LoadParts, n: number, random: Random) => Promise<void>;
}

export interface LoadParts {
  readonly bench: Bench;
  readonly tally: Tally;
  readonly picture: Picture;
}

/** A real upscale's input, and what an undisturbed mesh made of it. */
export interface Picture {
  readonly base64: string;
  readonly sha256: string;
}

export const jobKinds: readonly JobKind[] = [
  { weight: 45, run: attachedEcho },
  { weight: 22, run: durableEcho },
  { weight: 18, run: durableFile },
  { weight: 10, run: durableSleep },
  { weight: 2, run: deletedFile },
  { weight: 3, run: upscale },
];

/** Before any fault: the same job must give the same bytes afterwards. */
export async function makePicture({ client }: Bench): Promise<Picture> {
  const base64 = (await testImage(24, 16)).toString('base64');
  const job = await client.run({ upscaler_1: 'Lanczos', image: base64 });
  const bytes = await download(job.img_presigned_urls?.[0] ?? '');
  return { base64, sha256: sha256(bytes) };
}

async function attachedEcho({ bench, tally }: LoadParts, n: number): Promise<void> {
  const began = performance.now();
  try {
    const { status, body } = await bench.toys.perform('toy-echo', { n }, callTimeoutMs);
    const tookMs = performance.now() - began;
    if (tookMs > callTimeoutMs + answerSlackMs)
      tally.late.push(`call ${n} was answered after ${Math.round(tookMs)} ms`);
    if (status === 200) {
      tally.answered += 1;
      if (JSON.stringify(body) !== JSON.stringify({ echoed: { n } }))
        tally.wrongs.push(`call ${n} got another's answer: ${JSON.stringify(body)}`);
    } else if (isRefusal(status)) tally.turnedAway += 1;
    else tally.wrongs.push(`call ${n} got ${status} ${JSON.stringify(body)}`);
  } catch {
    tally.brokenConnections += 1;
  }
}

async function durableEcho(parts: LoadParts, n: number): Promise<void> {
  await submitToy(parts, 'toy-echo', { n }, async (job) =>
    JSON.stringify(job.result) === JSON.stringify({ echoed: { n } }) ? undefined : JSON.stringify(job.result),
  );
}

async function durableSleep(parts: LoadParts, n: number, random: Random): Promise<void> {
  const inputs = { n, ms: random.between(20, 400) };
  await submitToy(parts, 'toy-sleep', inputs, async (job) =>
    JSON.stringify(job.result) === JSON.stringify({ echoed: inputs }) ? undefined : JSON.stringify(job.result),
  );
}

/** A job that runs when the fault strikes, and whose worker the faults of workers choose. Resolves when it runs. */
export async function startLongJob(parts: LoadParts): Promise<void> {
  const inputs = { n: -1, ms: 3000 };
  const accepted = await submitToy(parts, 'toy-sleep', inputs, async (job) =>
    JSON.stringify(job.result) === JSON.stringify({ echoed: inputs }) ? undefined : JSON.stringify(job.result),
  );
  if (accepted === undefined) throw new Error('the mesh takes no job, before any fault');
  await eventually('the long job running', async () => {
    const { rows } = await parts.bench.database.query<{ state: string }>('SELECT state FROM job WHERE id = $1', [
      accepted.id,
    ]);
    return rows[0]?.state === 'active' ? true : undefined;
  });
}

async function durableFile(parts: LoadParts, n: number, random: Random): Promise<void> {
  await submitFile(parts, n, random);
}

/** Deleted while it waits or runs. */
async function deletedFile(parts: LoadParts, n: number, random: Random): Promise<void> {
  const accepted = await submitFile(parts, n, random);
  if (accepted === undefined) return;
  accepted.deleted = true;
  await parts.bench.jobQueue
    .call(deleteJobs, { access, ids: [accepted.id] }, { deadlineAt: Date.now() + callTimeoutMs })
    .catch(() => undefined);
}

async function submitFile(parts: LoadParts, n: number, random: Random): Promise<Tally['accepted'][number] | undefined> {
  const say = `${n} `.repeat(random.between(1, 400));
  return submitToy(parts, 'toy-file', { say }, async (job) => {
    const [output] = job.outputs;
    if (output?.url === undefined || job.outputs.length !== 1) return `${job.outputs.length} outputs`;
    return (await download(output.url)).toString() === say ? undefined : 'other bytes';
  });
}

async function submitToy(
  { bench, tally }: LoadParts,
  jobType: string,
  inputs: object,
  check: (job: Awaited<ReturnType<Bench['toys']['get']>>) => Promise<string | undefined>,
): Promise<Tally['accepted'][number] | undefined> {
  const { status, body } = await bench.toys
    .request('POST', '/jobs', { endpoint: 'toys', jobType, inputs })
    .catch((): ToyAnswer => ({ status: 0, body: {} }));
  if (status !== 202) {
    countRefusal(tally, status, `submit of ${jobType}`, body);
    return undefined;
  }
  const id = String(body['id']);
  const accepted = { id, check: async () => check(await bench.toys.get(id)), deleted: false };
  tally.accepted.push(accepted);
  return accepted;
}

async function upscale({ bench, tally, picture }: LoadParts): Promise<void> {
  let id: string;
  try {
    id = await bench.client.prepare({ upscaler_1: 'Lanczos', image: picture.base64 });
  } catch {
    tally.refused += 1; // no start was sent: whatever became of the record, its owner was promised nothing
    return;
  }
  const { status, body } = await bench.client.start(id).catch(() => ({ status: 0, body: {} }));
  if (status !== 202) {
    countRefusal(tally, status, 'start', body);
    return;
  }
  const check = async (): Promise<string | undefined> => {
    const { body: job } = await bench.client.get(id);
    const url = job.data?.img_presigned_urls?.[0];
    if (url === undefined) return `no picture: ${JSON.stringify(job)}`;
    return sha256(await download(url)) === picture.sha256 ? undefined : 'another picture';
  };
  tally.accepted.push({ id, check, deleted: false });
}

function countRefusal(tally: Tally, status: number, what: string, body: unknown): void {
  if (status === 0) tally.brokenConnections += 1;
  else if (isRefusal(status)) tally.refused += 1;
  else tally.wrongs.push(`${what} answered ${status} ${JSON.stringify(body)}`);
}

function isRefusal(status: number): boolean {
  return status === 503 || status === 504;
}

async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  if (answer.status !== 200) throw new Error(`the object store answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
