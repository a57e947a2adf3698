import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { Metrics, createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startEndpointManager } from './service.js';

const { redisUrl, databaseUrl, logLevel, ...config } = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'endpoint-manager', level: logLevel });
  const metrics = new Metrics();
  const database = opened.use(openDatabase({ url: databaseUrl, maxConnections: 4, logger }));
  await migrate(database);
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'endpoint-manager', logger, metrics }));
  opened.use(await startEndpointManager({ ...config, jobQueue, database, logger, metrics }));
  return opened.move();
});
