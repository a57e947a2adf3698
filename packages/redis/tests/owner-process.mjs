// Owns an embedded server until it is killed: `node owner-process.mjs <folder>`. Prints the server's pid and URL.
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger } from '@infermesh/telemetry';

const server = await startEmbeddedRedis({
  folder: process.argv[2],
  logger: createLogger({ service: 'owner', level: 'silent' }),
});
process.stdout.write(`${JSON.stringify({ pid: server.pid, url: server.url })}\n`);
setInterval(() => undefined, 1000);
