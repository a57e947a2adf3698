// A bare Express handler that adds a job and waits for its end, as BullMQ's documentation shows it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Queue, QueueEvents } from 'bullmq';
import express from 'express';
import { serveUntilStopped } from '../child.js';

const [, , host = '', port = '', username = '', password = ''] = process.argv;
const connection = { host, port: Number(port), username, password, maxRetriesPerRequest: null };
const queue = new Queue('bare', { connection });
queue.setMaxListeners(0);
const events = new QueueEvents('bare', { connection });
events.setMaxListeners(0);
await events.waitUntilReady();

const app = express();
app.use(express.json());
app.post('/perform', async (request, response) => {
  const job = await queue.add('noop', request.body, { removeOnComplete: 1000 });
  response.json(await job.waitUntilFinished(events, 10_000));
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
await serveUntilStopped({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
server.close();
server.closeAllConnections();
await events.close();
await queue.close();
