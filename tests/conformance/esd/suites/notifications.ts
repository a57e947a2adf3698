import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../harness/processes.js';
import { testImage } from '../../../harness/test-image.js';
import type { EsdBench } from '../esd-bench.js';
import type { WireAnswer } from '../seed-client.js';

interface Notified {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers 200 to every webhook and remembers them. */
async function startReceiver(): Promise<AsyncDisposable & { readonly url: string; readonly notified: Notified[] }> {
  const notified: Notified[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      notified.push({ headers: request.headers, body });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    notified,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Ours: webhooks. The mesh lets them reach 127.0.0.1. */
export function exerciseNotifications(bench: () => EsdBench): void {
  const create = (fields: object, key?: string): Promise<WireAnswer> => {
    const body = { inference_type: 'Async', task_type: 'extra-single-image', models: {}, ...fields };
    return bench().v14.post('/inferences', body, key === undefined ? {} : { key });
  };
  const newSecret = async (): Promise<string> => {
    const answer = await bench().v14.post('/notifications/secret', undefined);
    expect(answer.status).toBe(201);
    return String(answer.body.data['secret']);
  };

  it('leaves no secret to who gets the name of a deleted user', async () => {
    const permissions = ['inference:all', 'sagemaker_endpoint:all'];
    const key = await bench().createUser('short-lived', permissions);
    const fields = { notification_url: 'http://127.0.0.1:9/', user_id: 'short-lived' };
    expect((await bench().v14.post('/notifications/secret', undefined, { key })).status).toBe(201);
    expect((await create(fields, key)).status).toBe(201);
    const list = { user_name_list: ['short-lived'] };
    expect((await bench().v14.delete('/users', list, { as: 'admin' })).status).toBe(204);
    const successor = await bench().createUser('short-lived', permissions);
    const { status, body } = await create(fields, successor);
    expect([status, body.message]).toEqual([400, expect.stringMatching(/secret/u)]);
  });

  describe('notification_url', () => {
    it('is called, signed, once the job has ended; the log shows it and resends it', async () => {
      await using receiver = await startReceiver();
      const secret = await newSecret();
      const image = (await testImage()).toString('base64');
      const started = await create({
        payload_string: JSON.stringify({ upscaler_1: 'Nearest', image }),
        notification_url: receiver.url,
        notification_with_urls: true,
      });
      const { inference_id: id } = started.body.data.inference;
      const [{ headers, body } = { headers: {}, body: '' }] = await eventually(
        'the webhook',
        () => Promise.resolve(receiver.notified.length > 0 ? receiver.notified : undefined),
        60_000,
      );
      const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(content).digest('base64')}`);
      const told = JSON.parse(body) as { type: string; data: { job_id: string; outputs: { url: string }[] } };
      expect(told).toMatchObject({ type: 'job.succeeded', data: { job_id: id, job_type: 'extra-single-image' } });
      expect((await fetch(told.data.outputs[0]?.url ?? '')).status).toBe(200);

      const logOf = async () => {
        const { data } = (await bench().v14.get('/notifications')).body;
        const notifications = data['notifications'] as { InferenceJobId: string; state: string }[];
        return notifications.find(({ InferenceJobId }) => InferenceJobId === id);
      };
      await eventually('the log', async () => ((await logOf())?.state === 'delivered' ? true : undefined), 30_000);
      expect((await bench().v14.put(`/notifications/${id}/resend`)).status).toBe(202);
      await eventually('it again', () => Promise.resolve(receiver.notified.length === 2 ? true : undefined), 30_000);
      expect(receiver.notified[1]?.headers['webhook-id']).toBe(headers['webhook-id']);
    });

    it('tells of a cancel too, and of no URLs unless asked', async () => {
      await using receiver = await startReceiver();
      await newSecret();
      const { inference } = (await create({ notification_url: receiver.url })).body.data;
      await bench().v14.put(`/inferences/${inference.id}/cancel`);
      await eventually('the webhook', () => Promise.resolve(receiver.notified[0]), 60_000);
      expect(receiver.notified[0]?.body).toMatch(/"type":"job.cancelled"/u);
      expect(receiver.notified[0]?.body).not.toMatch(/X-Amz-|"outputs"/u);
    });

    it.each([
      ['a private address', 'https://10.0.0.1/x'],
      ['another scheme', 'ftp://example.org/x'],
      ['no URL', 'hello'],
    ])('refuses %s before the job is made', async (_name, url) => {
      await newSecret();
      expect((await create({ notification_url: url })).status).toBe(400);
    });

    it('needs a secret, and shows its log to its owner alone', async () => {
      const key = await bench().createUser('unsigned', ['inference:all']);
      expect(await create({ notification_url: 'https://127.0.0.1/' }, key)).toMatchObject({
        status: 400,
        body: { message: 'user unsigned has no webhook secret: make one first' },
      });
      expect((await bench().v14.get('/notifications', { key })).body.data).toEqual({
        notifications: [],
        last_evaluated_key: null,
      });
      const { inference } = (await create({})).body.data;
      expect((await bench().v14.put(`/notifications/${inference.id}/resend`)).status).toBe(404);
      expect((await bench().v14.get('/notifications?exclusive_start_key=x')).status).toBe(400);
    });
  });
}
