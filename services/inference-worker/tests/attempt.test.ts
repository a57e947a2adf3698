import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobClaim, JobOutcome } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { createLogger } from '@infermesh/telemetry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { attemptJob, type JobEntry } from '../src/attempt.js';
import { CheckpointCache } from '../src/checkpoints/checkpoint-cache.js';
import { HeldClaims } from '../src/held-claims.js';
import type { JobInput, JobResult } from '../src/job-runner.js';
import { ObjectConnections } from '../src/object-connections.js';
import { TestStore } from './test-store.js';

const jobId = '00000000-0000-4000-8000-000000000001';
const logger = createLogger({ service: 'test', level: 'silent' });

describe('attemptJob', () => {
  let folder: string;
  let store: TestStore;
  let connections: ObjectConnections;
  let claims: HeldClaims;
  let shutdown: AbortController;
  /** The dispatcher's answers by the name of the call. */
  let answers: Record<string, (request: never) => unknown>;
  let outcomes: JobOutcome[];
  let runs: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attempt-'));
    store = await TestStore.start((response, { method }) => response.end(method === 'GET' ? 'payload' : ''));
    connections = new ObjectConnections();
    claims = new HeldClaims({ jobQueue, endpointId: 'e1', workerId: 'w1', logger });
    shutdown = new AbortController();
    outcomes = [];
    runs = [];
    answers = {
      'worker.claim': () => ({ claim: aClaim() }),
      'worker.grant': ({ outputs }: { outputs: { name: string }[] }) => ({
        puts: outputs.map(({ name }) => ({ name, url: `${store.url}/put/${name}`, headers: {} })),
      }),
      'worker.commit': ({ outcome }: { outcome: JobOutcome }) => {
        outcomes.push(outcome);
        return { accepted: true };
      },
    };
  });

  afterEach(async () => {
    claims[Symbol.dispose]();
    connections[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  const jobQueue: Pick<JobQueue, 'call'> = {
    call: async (contract, request) => contract.response.parse(await answers[contract.name]?.(request as never)),
  };

  function aClaim(): JobClaim {
    return {
      jobId,
      epoch: 1,
      jobType: 'echo',
      dialect: 'toy',
      endpointId: 'e1',
      tenantId: 't1',
      owner: 'ann',
      attempt: 1,
      inputs: {},
      payload: { name: 'p', url: `${store.url}/claimed`, maxBytes: 100 },
      checkpoints: [],
      timeLeftMs: 60_000,
      leaseMs: 60_000,
      trace: null,
    };
  }

  /** What the model process would do: it answers with the payload. */
  async function run({ payloadPath, outputFolder }: JobInput): Promise<JobResult> {
    const payload = payloadPath === null ? '' : await readFile(payloadPath, 'utf8');
    runs.push(payload);
    const path = join(outputFolder, 'out.txt');
    await writeFile(path, `ran on ${payload}`);
    return { outputs: [{ name: 'out.txt', path, mediaType: 'text/plain' }], result: { fine: true } };
  }

  async function attempt(entry: Partial<JobEntry> = {}): Promise<void> {
    const parts = {
      jobQueue,
      endpointId: 'e1',
      workerId: 'w1',
      claims,
      cache: new CheckpointCache(join(folder, 'checkpoints'), { connections }),
      connections,
      runner: { jobTypes: [], warmCheckpoints: () => [], run, [Symbol.asyncDispose]: () => Promise.resolve() },
      scratchFolder: folder,
      logger,
    };
    const signals = { shutdown: shutdown.signal, delivery: new AbortController().signal };
    await attemptJob(parts, { jobId, release: 1, ...entry }, signals);
  }

  const anOffer = (): JobEntry['offer'] => ({ name: 'p', url: `${store.url}/offered`, maxBytes: 100 });
  const paths = (): string[] => store.received.map(({ method, path }) => `${method} ${path}`);

  it('claims, fetches, runs, stores and commits', async () => {
    await attempt();
    expect(paths()).toEqual(['GET /claimed', 'PUT /put/out.txt']);
    expect(store.received[1]?.body.toString()).toBe('ran on payload');
    expect(outcomes).toEqual([
      {
        kind: 'succeeded',
        outputs: [{ name: 'out.txt', sizeBytes: 14, sha256: expect.any(String), mediaType: 'text/plain' }],
        result: { fine: true },
        usage: {},
      },
    ]);
  });

  it('downloads an offered payload while the claim is asked for, and runs it when it is granted', async () => {
    const asked = store.next();
    answers['worker.claim'] = async () => {
      await asked;
      expect(runs).toEqual([]);
      return { claim: aClaim() };
    };
    await attempt({ offer: anOffer() });
    expect(paths()).toEqual(['GET /offered', 'PUT /put/out.txt']);
    expect(runs).toEqual(['payload']);
    expect(outcomes).toMatchObject([{ kind: 'succeeded' }]);
  });

  it('cuts an offered payload off when the claim is refused, and runs nothing', async () => {
    let closed: Promise<unknown> | undefined;
    const begun = new Promise<void>((resolve) => {
      store.answerWith((response) => {
        response.write('half');
        closed = once(response, 'close');
        resolve();
      });
    });
    answers['worker.claim'] = async () => {
      await begun;
      return { claim: null };
    };
    await attempt({ offer: anOffer() });
    await closed;
    expect([runs, outcomes]).toEqual([[], []]);
  });

  it.each([403, 404, 500])('fetches by the claim when the offer is answered with %d', async (status) => {
    store.answerWith((response, { path }) => response.writeHead(path === '/offered' ? status : 200).end('payload'));
    await attempt({ offer: anOffer() });
    expect(paths()).toEqual(['GET /offered', 'GET /claimed', 'PUT /put/out.txt']);
    expect(runs).toEqual(['payload']);
  });

  it('leaves nothing of an offer that broke off in what it fetches by the claim', async () => {
    store.answerWith((response, { path }) => {
      if (path !== '/offered') response.end('short');
      else {
        response.writeHead(200, { 'content-length': '300000' }).write('much longer'.repeat(1000));
        response.socket?.end();
      }
    });
    await attempt({ offer: { name: 'p', url: `${store.url}/offered`, maxBytes: 1_000_000 } });
    expect(runs).toEqual(['short']);
  });

  it('makes nothing of an offer for a job without a payload', async () => {
    answers['worker.claim'] = () => ({ claim: { ...aClaim(), payload: null } });
    await attempt({ offer: anOffer() });
    expect(runs).toEqual(['']);
  });

  it('says that a payload was never uploaded', async () => {
    store.answerWith((response) => response.writeHead(404).end());
    await attempt({ offer: anOffer() });
    expect(outcomes).toMatchObject([{ kind: 'failed', code: 'PAYLOAD_MISSING', retryable: false }]);
  });

  it('renews the URL of a payload once', async () => {
    answers['worker.urls'] = () => ({ payloadUrl: `${store.url}/renewed`, checkpoints: [] });
    store.answerWith((response, { path }) => response.writeHead(path === '/claimed' ? 403 : 200).end('payload'));
    await attempt();
    expect(paths()).toEqual(['GET /claimed', 'GET /renewed', 'PUT /put/out.txt']);
  });

  it('gives the job back when the worker stops in the middle of an offered payload', async () => {
    store.answerWith((response, { path }) => {
      response.write('half');
      if (path === '/offered') shutdown.abort();
    });
    const stopped = once(shutdown.signal, 'abort');
    answers['worker.claim'] = async () => {
      await stopped;
      return { claim: aClaim() };
    };
    await attempt({ offer: anOffer() });
    expect(outcomes).toEqual([{ kind: 'given-back' }]);
    expect(runs).toEqual([]);
  });

  it('asks for a grant again when the store was away', async () => {
    let puts = 0;
    store.answerWith((response, { method }) => {
      if (method === 'PUT') puts += 1;
      response.writeHead(method === 'PUT' && puts === 1 ? 503 : 200).end(method === 'GET' ? 'payload' : '');
    });
    await attempt();
    expect(puts).toBe(2);
    expect(runs).toEqual(['payload']);
    expect(outcomes).toMatchObject([{ kind: 'succeeded' }]);
  });

  it('ends in a failure when the claim was lost before the grant', async () => {
    answers['worker.grant'] = () => {
      throw new MeshError('STALE_CLAIM', 'no longer held');
    };
    await attempt();
    expect(outcomes).toMatchObject([{ kind: 'failed', code: 'STALE_CLAIM' }]);
  });
});
