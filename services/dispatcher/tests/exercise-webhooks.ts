import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Seal } from '@infermesh/credentials';
import { migrate, openDatabase, type Database } from '@infermesh/database';
import { ResourceStack } from '@infermesh/lifecycle';
import { createOutbound } from '@infermesh/outbound';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { uuidv7 } from 'uuidv7';
import { until } from '../../../packages/job-queue/tests/bench.js';
import { JobObjects } from '../src/job-objects.js';
import { cancelJobRow } from '../src/records/cancel-jobs.js';
import { claimJobRows } from '../src/records/claim-jobs.js';
import { commitJobRows } from '../src/records/commit-jobs.js';
import { insertJobs } from '../src/records/create-jobs.js';
import { failWaitingJobsOf, sweepOverdueJobs } from '../src/records/overdue-jobs.js';
import { releaseJobRows } from '../src/records/release-jobs.js';
import {
  claimDeliveries,
  listDeliveries,
  removeOldDeliveries,
  resendDelivery,
  settleDelivery,
} from '../src/records/webhook-deliveries.js';
import { putWebhookSecret } from '../src/records/webhook-secrets.js';
import { WebhookSender } from '../src/webhooks/webhook-sender.js';
import { createSecret } from '../src/webhooks/webhook-signature.js';
import { defaultWebhookSettings, type WebhookSettings } from '../src/webhooks/webhook-settings.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const access = { tenantId: 't1', subject: 'ann', anyOwner: false };
const owner = { tenantId: 't1', owner: 'ann' };
const limits = { maxFailures: 1, maxOutages: 1, retainMs: 60_000, maxCrashes: 1, cancelGraceMs: 60_000 };
const seal = new Seal('p'.repeat(32));
const claim = { limit: 100, leaseMs: 60_000, fullTenants: [] };

interface JobWish {
  readonly url?: string | undefined;
  readonly endpointId?: string;
  readonly deadlineMs?: number;
  readonly startWithinMs?: number;
  readonly start?: boolean;
}

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** A real receiver. @param answer default 204 */
async function startReceiver(answer?: (response: ServerResponse, count: number) => void): Promise<Receiver> {
  const received: Received[] = [];
  const listen: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
      if (answer === undefined) response.writeHead(204).end();
      else answer(response, received.length);
    });
  };
  const server = createServer(listen).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One suite for every database server that `start` may bring up. */
export function exerciseWebhooks(name: string, start: () => Promise<AsyncDisposable & { readonly url: string }>): void {
  describe(`webhooks on ${name}`, () => {
    const resources = new ResourceStack();
    let db: Database;
    let opened: ResourceStack;

    beforeAll(async () => {
      const server = resources.use(await start());
      db = resources.use(openDatabase({ url: server.url, maxConnections: 4, logger }));
      await migrate(db);
    }, 120_000);
    beforeEach(() => {
      opened = new ResourceStack();
    });
    afterEach(async () => {
      await opened[Symbol.asyncDispose]();
      await db.query('DELETE FROM job');
      await db.query('DELETE FROM webhook_secret');
    });
    afterAll(() => resources[Symbol.asyncDispose]());

    async function aJob({
      url = 'https://receiver.example/hook',
      endpointId = 'e',
      deadlineMs = 60_000,
      startWithinMs = 60_000,
      start: isStarted = true,
    }: JobWish = {}): Promise<string> {
      const id = uuidv7();
      const job = {
        ...{
          owner: { ...owner, weight: 1 },
          dialect: 'toy',
          jobType: 'echo',
          endpointId,
          priority: 100,
          payload: null,
        },
        ...{ inputs: {}, checkpoints: [], dialectData: {}, runTimeoutMs: 1_000, start: isStarted, deadlineMs },
        ...(url === '' ? {} : { webhook: { url, withUrls: false } }),
      };
      await insertJobs(db, [{ id, job, payload: null, startWithinMs }]);
      return id;
    }

    async function committedJob(wish: JobWish, kind: 'succeeded' | 'failed' = 'succeeded'): Promise<string> {
      const id = await aJob(wish);
      const endpointId = wish.endpointId ?? 'e';
      await releaseJobRows(db, endpointId, 10);
      const [row] = await claimJobRows(db, 10_000, [{ id, endpointId, release: 1, workerId: 'w' }]);
      const outcome =
        kind === 'succeeded'
          ? { kind, outputs: [], result: {}, usage: {} }
          : { kind, code: 'MODEL_FAILED', message: 'no', retryable: false };
      await commitJobRows(db, limits, [{ id, endpointId, epoch: row?.epoch ?? 0, outcome, outputKeys: {} }]);
      return id;
    }

    async function logOf(id: string) {
      const deliveries = await listDeliveries(db, { access, limit: 100, cursor: undefined });
      return deliveries.find(({ jobId }) => jobId === id);
    }

    function aSender(settings: Partial<WebhookSettings> = {}, allowList = ['127.0.0.1']): WebhookSender {
      const sender = opened.use(
        new WebhookSender({
          ...{ db, logger, metrics: new Metrics(), seal, objects: new JobObjects({} as never, 60) },
          outbound: createOutbound({ allowList, logger }),
          settings: { ...defaultWebhookSettings, firstRetryMs: 2, maxRetryMs: 4, lookEveryMs: 5, ...settings },
        }),
      );
      sender.start();
      return sender;
    }

    async function aSecret(): Promise<string> {
      const secret = createSecret();
      await putWebhookSecret(db, owner, seal.close(secret), 60_000);
      return secret;
    }

    async function aReceiver(answer?: (response: ServerResponse, count: number) => void): Promise<Receiver> {
      return opened.use(await startReceiver(answer));
    }

    describe('a delivery is written with the end of its job', () => {
      it.each([
        ['a commit', 'succeeded', () => committedJob({})],
        ['a failed attempt', 'failed', () => committedJob({}, 'failed')],
        [
          'a cancel',
          'cancelled',
          async () => {
            const id = await aJob();
            await cancelJobRow(db, access, id, 60_000);
            return id;
          },
        ],
        [
          'a deadline',
          'expired',
          async () => {
            const id = await aJob({ deadlineMs: -1 });
            await sweepOverdueJobs(db, limits, []);
            return id;
          },
        ],
        [
          'a start that never came',
          'expired',
          async () => {
            const id = await aJob({ start: false, startWithinMs: -1 });
            await sweepOverdueJobs(db, limits, []);
            return id;
          },
        ],
        [
          'the end of its endpoint',
          'failed',
          async () => {
            const id = await aJob({ endpointId: 'gone' });
            await failWaitingJobsOf(db, 'gone', 60_000);
            return id;
          },
        ],
        [
          'workers that died',
          'failed',
          async () => {
            const id = await aJob({ endpointId: 'deadly' });
            await releaseJobRows(db, 'deadly', 1);
            await claimJobRows(db, -1, [{ id, endpointId: 'deadly', release: 1, workerId: 'w' }]);
            await sweepOverdueJobs(db, limits, ['deadly']);
            return id;
          },
        ],
      ])('by %s', async (_name, state, end) => {
        const id = await end();
        const { rows } = await db.query('SELECT state FROM job WHERE id = $1', [id]);
        expect(rows).toEqual([{ state }]);
        expect(await logOf(id)).toMatchObject({ jobId: id, state: 'pending', attempts: 0 });
      });

      it('once, in the same transaction, and only where one was asked for', async () => {
        const [id, silent] = [await aJob(), await aJob({ url: '' })];
        const undone = db.transaction(async (tx) => {
          await cancelJobRow(tx, access, id, 60_000);
          throw new Error('undo');
        });
        await expect(undone).rejects.toThrow('undo');
        expect(await logOf(id)).toBeUndefined();
        for (const one of [id, id, silent]) await cancelJobRow(db, access, one, 60_000);
        expect(await listDeliveries(db, { access, limit: 10, cursor: undefined })).toHaveLength(1);
      });

      it('and goes with its job', async () => {
        const id = await committedJob({});
        await db.query('DELETE FROM job WHERE id = $1', [id]);
        expect(await logOf(id)).toBeUndefined();
      });
    });

    describe('the log', () => {
      it('gives a due delivery to one sender, and to another only after its lease', async () => {
        await committedJob({});
        const claims = await Promise.all([claimDeliveries(db, claim), claimDeliveries(db, claim)]);
        expect(claims.flat()).toHaveLength(1);
        expect(await claimDeliveries(db, claim)).toEqual([]);
        await db.query("UPDATE webhook_delivery SET sending_until = now() - interval '1 second'");
        const [late] = claims.flat();
        const [taken] = await claimDeliveries(db, claim);
        expect(taken).toMatchObject({ attempts: 2 });
        if (late === undefined || taken === undefined) throw new Error('both had it');
        await settleDelivery(db, late, { kind: 'delivered', status: 200 });
        expect(await logOf(taken.job_id)).toMatchObject({ state: 'pending' });
        await settleDelivery(db, taken, { kind: 'delivered', status: 204 });
        expect(await logOf(taken.job_id)).toMatchObject({ state: 'delivered', status: 204, nextAt: null });
      });

      it('passes over tenants that have enough under way', async () => {
        await committedJob({});
        expect(await claimDeliveries(db, { ...claim, fullTenants: ['t1'] })).toEqual([]);
      });

      it('comes in pages, shows and resends the caller’s own, and forgets what ended long ago', async () => {
        const ids = [await committedJob({}), await committedJob({}), await committedJob({})].reverse();
        const first = await listDeliveries(db, { access, limit: 2, cursor: undefined });
        const rest = await listDeliveries(db, { access, limit: 2, cursor: first.at(-1)?.jobId });
        expect([...first, ...rest].map(({ jobId }) => jobId)).toEqual(ids);
        const stranger = { ...access, subject: 'bob' };
        expect(await listDeliveries(db, { access: stranger, limit: 2, cursor: undefined })).toEqual([]);
        expect(await resendDelivery(db, stranger, ids[0] ?? '')).toBeUndefined();
        for (const delivery of await claimDeliveries(db, claim))
          await settleDelivery(db, delivery, { kind: 'failed', status: 500, error: 'no' });
        expect(await resendDelivery(db, access, ids[0] ?? '')).toMatchObject({ state: 'pending' });
        expect(await removeOldDeliveries(db, 60_000, 10)).toBe(0);
        expect(await removeOldDeliveries(db, -1, 10)).toBe(2);
      });
    });

    describe('the sender', () => {
      it('sends what Standard Webhooks asks for, signed with each secret in force', async () => {
        const receiver = await aReceiver();
        const secrets = [await aSecret(), await aSecret()];
        const id = await committedJob({ url: receiver.url }, 'failed');
        aSender();
        await until(async () => (await logOf(id))?.state === 'delivered');
        const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
        const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
        const signatures = secrets.map((secret) => {
          const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
          return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
        });
        expect(String(headers['webhook-signature']).split(' ').sort()).toEqual(signatures.sort());
        expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': id });
        expect(JSON.parse(body)).toMatchObject({
          type: 'job.failed',
          timestamp: expect.any(String) as unknown,
          data: { job_id: id, job_type: 'echo', state: 'failed', reason_code: 'MODEL_FAILED' },
        });
        expect(receiver.received).toHaveLength(1);
      });

      it('repeats after a 500 and under the same id', async () => {
        const receiver = await aReceiver((response, count) => response.writeHead(count === 1 ? 500 : 200).end());
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender();
        await until(async () => (await logOf(id))?.state === 'delivered');
        expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
        expect(await logOf(id)).toMatchObject({ attempts: 2, status: 200, error: null });
      });

      it('repeats while the receiver is down, and gives up in the end', async () => {
        const receiver = await startReceiver();
        await receiver[Symbol.asyncDispose]();
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender({ maxTries: 3 });
        await until(async () => (await logOf(id))?.state === 'failed');
        expect(await logOf(id)).toMatchObject({
          attempts: 3,
          status: null,
          nextAt: null,
          error: expect.stringMatching(/^OUTBOUND_FAILED: .*ECONNREFUSED/u) as unknown,
        });
      });

      it('waits longer after each failure, as the log shows', async () => {
        const receiver = await aReceiver((response) => response.writeHead(503).end());
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender({ firstRetryMs: 3_600_000, maxRetryMs: 7_200_000 });
        await until(async () => (await logOf(id))?.status === 503);
        const { nextAt, attemptedAt } = (await logOf(id)) ?? {};
        const waitMs = Date.parse(nextAt ?? '') - Date.parse(attemptedAt ?? '');
        expect(waitMs).toBeGreaterThanOrEqual(1_800_000);
        expect(waitMs).toBeLessThan(3_700_000);
      });

      it('waits no longer than its limit for a slow receiver', async () => {
        const slow = await aReceiver(() => undefined);
        await aSecret();
        const id = await committedJob({ url: slow.url });
        aSender({ timeoutMs: 100, maxTries: 1 });
        await until(async () => (await logOf(id))?.state === 'failed');
        expect(await logOf(id)).toMatchObject({ error: expect.stringMatching(/^DEADLINE_EXCEEDED/u) as unknown });
      });

      it('follows no redirect: neither to a private address nor anywhere else', async () => {
        const hidden = await aReceiver();
        const receiver = await aReceiver((response) => response.writeHead(307, { location: hidden.url }).end());
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender({ maxTries: 2 });
        await until(async () => (await logOf(id))?.state === 'failed');
        expect([receiver.received.length, hidden.received.length]).toEqual([2, 0]);
        expect((await logOf(id))?.error).toMatch(/redirects/u);
      });

      it('refuses a private address for good, without a connection', async () => {
        const receiver = await aReceiver();
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender({}, []);
        await until(async () => (await logOf(id))?.state === 'failed');
        expect(receiver.received).toHaveLength(0);
        expect(await logOf(id)).toMatchObject({
          attempts: 1,
          error: expect.stringMatching(/^OUTBOUND_REFUSED/u) as unknown,
        });
      });

      it('asks no more once the receiver answers 410, until it is told to resend', async () => {
        const receiver = await aReceiver((response, count) => response.writeHead(count === 1 ? 410 : 200).end());
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        aSender();
        await until(async () => (await logOf(id))?.state === 'failed');
        await resendDelivery(db, access, id);
        await until(async () => (await logOf(id))?.state === 'delivered');
        expect(receiver.received).toHaveLength(2);
      });

      it('shares the work with a second one: each delivery is sent once', async () => {
        const receiver = await aReceiver();
        await aSecret();
        const ids = [];
        for (let index = 0; index < 40; index += 1) ids.push(await committedJob({ url: receiver.url }));
        aSender();
        aSender();
        await until(async () => {
          const deliveries = await listDeliveries(db, { access, limit: 100, cursor: undefined });
          return deliveries.every(({ state }) => state === 'delivered');
        });
        expect(receiver.received.map(({ headers }) => headers['webhook-id']).sort()).toEqual(ids.sort());
      });

      it('that stops cuts its attempts off, and the next one sends them', async () => {
        let isSlow = true;
        const receiver = await aReceiver((response) => {
          if (!isSlow) response.writeHead(200).end();
        });
        await aSecret();
        const id = await committedJob({ url: receiver.url });
        const first = aSender();
        await until(() => receiver.received.length === 1);
        await first[Symbol.asyncDispose]();
        expect(await logOf(id)).toMatchObject({ state: 'pending', error: 'the sender stopped' });
        isSlow = false;
        aSender();
        await until(async () => (await logOf(id))?.state === 'delivered');
        expect(receiver.received).toHaveLength(2);
      });
    });
  });
}
