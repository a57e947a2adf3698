// The gateway with the toy dialect beside the product's, as a process of its own.
import { Config, startGateway } from '@infermesh/api-gateway';
import { listenAddress, readConfig } from '@infermesh/config';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { createToyDialect } from './toy-dialect.js';

const config = readConfig(Config, process.env);
const toyAddress = listenAddress.parse(process.env['LISTEN_TOY']);

await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'api-gateway', level: config.logLevel });
  const metrics = new Metrics();
  const jobQueue = opened.use(createJobQueue({ redisUrl: config.redisUrl, service: 'api-gateway', logger, metrics }));
  const extraDialects = [{ create: createToyDialect, listen: [toyAddress] }];
  const { addresses } = opened.use(await startGateway({ config, jobQueue, logger, metrics, extraDialects }));
  // On standard output whatever the log level is: the harness reads it.
  for (const { dialect, url } of addresses) process.stdout.write(`${JSON.stringify({ dialect, address: url })}\n`);
  return opened.move();
});
