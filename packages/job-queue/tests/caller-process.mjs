// Makes one call and waits for its answer until it is killed: `node caller-process.mjs <redis url>`.
import { defineCall } from '@infermesh/contracts';
import { createJobQueue } from '@infermesh/job-queue';
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
  service: 'short-lived',
  logger: createLogger({ service: 'short-lived', level: 'silent' }),
  replyLifeMs: 1500,
});
for await (const _part of queue.stream(echo, { text: 'x' }, { deadlineAt: Date.now() + 60_000 }));
