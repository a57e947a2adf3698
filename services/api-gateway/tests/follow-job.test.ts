import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { getJob, type JobState } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import { handle, type JobQueue } from '@infermesh/job-queue';
import { Bench } from '../../../packages/job-queue/tests/bench.js';
import { followJob, type JobFollow, type JobSight } from '../src/follow-job.js';
import { aJobView } from './a-job-view.js';

const access = { tenantId: 't', subject: 'ann', anyOwner: false };

let bench: Bench;
let gateway: JobQueue;
let dispatcher: JobQueue;
/** Of the one record that the dispatcher of this test knows. */
let state: JobState = 'queued';

beforeAll(async () => {
  bench = await Bench.start();
  gateway = bench.queue({ service: 'gateway' });
  dispatcher = bench.queue({ service: 'dispatcher' });
  const answer = handle(getJob, ({ id }) => Promise.resolve({ job: aJobView(id, state) }));
  await dispatcher.serve('dispatcher', [answer], { concurrency: 1, stopGraceMs: 100 });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

function follow(
  id: string,
  wish: Partial<JobFollow> = {},
  signal = new AbortController().signal,
): AsyncGenerator<JobSight> {
  const asked = { id, access: () => Promise.resolve(access), afterSeq: 0, firstLookMs: 600_000, ...wish };
  return followJob(gateway, asked, { id: 'request', signal });
}

async function announce(id: string, news: JobState): Promise<number> {
  state = news;
  return dispatcher.appendEvent(id, 'state', { state: news });
}

async function seen(sights: AsyncIterable<JobSight>): Promise<string[]> {
  const words: string[] = [];
  for await (const sight of sights) {
    words.push(sight.kind === 'news' ? `news ${sight.state}` : `record ${sight.job.state}`);
  }
  return words;
}

it('tells kept news and those that come, and ends with the record of the end', async () => {
  const id = randomUUID();
  await announce(id, 'queued');
  const sights = follow(id);
  expect((await sights.next()).value).toMatchObject({ kind: 'news', state: 'queued' });
  await announce(id, 'active');
  await announce(id, 'succeeded');
  expect(await seen(sights)).toEqual(['news active', 'record succeeded']);
});

it('replays what came after a given one', async () => {
  const id = randomUUID();
  const afterSeq = await announce(id, 'queued');
  await announce(id, 'active');
  await announce(id, 'failed');
  expect(await seen(follow(id, { afterSeq }))).toEqual(['news active', 'record failed']);
});

it('finds by itself what the news do not tell', async () => {
  state = 'active';
  const sights = follow(randomUUID(), { firstLookMs: 10, lookEveryMs: 10 });
  expect((await sights.next()).value).toMatchObject({ kind: 'record', job: { state: 'active' } });
  state = 'expired';
  expect((await seen(sights)).at(-1)).toBe('record expired');
});

it('breaks off when the caller may look no longer, before it tells anything more', async () => {
  const id = randomUUID();
  let isRevoked = false;
  const sights = follow(id, {
    access: () => (isRevoked ? Promise.reject(new MeshError('UNAUTHENTICATED', 'revoked')) : Promise.resolve(access)),
  });
  await announce(id, 'queued');
  await sights.next();
  isRevoked = true;
  await announce(id, 'active');
  await expect(sights.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('ends quietly when its signal aborts, and listens no more', async () => {
  const id = randomUUID();
  const client = new AbortController();
  await announce(id, 'queued');
  const sights = follow(id, {}, client.signal);
  await sights.next();
  const rest = seen(sights);
  client.abort();
  expect(await rest).toEqual([]);
});
