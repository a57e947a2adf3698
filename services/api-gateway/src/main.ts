import { readConfig } from '@infermesh/config';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { Metrics, createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startGateway } from './service.js';

const config = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'api-gateway', level: config.logLevel });
  const metrics = new Metrics();
  metrics.collectProcess();
  const jobQueue = opened.use(createJobQueue({ redisUrl: config.redisUrl, service: 'api-gateway', logger, metrics }));
  opened.use(await startGateway({ config, jobQueue, logger, metrics }));
  return opened.move();
});
