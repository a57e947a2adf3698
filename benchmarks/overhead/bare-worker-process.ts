// The other side of bare BullMQ: a worker that does nothing, with the library's defaults and 64 jobs at once.
import { Worker } from 'bullmq';
import { serveUntilStopped } from '../child.js';

const [, , host = '', port = '', username = '', password = ''] = process.argv;
const worker = new Worker('bare', () => Promise.resolve({ echoed: {} }), {
  connection: { host, port: Number(port), username, password, maxRetriesPerRequest: null },
  concurrency: 64,
});
await worker.waitUntilReady();
await serveUntilStopped({});
await worker.close();
