// Takes one delivery, says so, and never ends it: `node consumer-process.mjs <redis url>`.
import { defineCall } from '@infermesh/contracts';
import { createJobQueue, handle } from '@infermesh/job-queue';
import { createLogger } from '@infermesh/telemetry';
import { z } from 'zod';

const echo = defineCall({
  name: 'test.echo',
  queue: 'test',
  version: 1,
  request: z.object({ text: z.string() }),
  response: z.object({ text: z.string() }),
});
const queue = createJobQueue({
  redisUrl: process.argv[2],
  service: 'consumer',
  logger: createLogger({ service: 'consumer', level: 'silent' }),
});
const hold = handle(echo, async (_request, { jobId }) => {
  process.stdout.write(`${jobId}\n`);
  return await new Promise(() => undefined);
});
await queue.serve('test', [hold], { concurrency: 10, stopGraceMs: 1000 });
process.stdout.write('ready\n');
