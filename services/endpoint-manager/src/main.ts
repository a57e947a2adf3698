import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { Metrics, createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { loadInstanceTypes } from './instance-types.js';
import { startEndpointManager } from './service.js';

const { redisUrl, databaseUrl, logLevel, instanceTypesPath, ...config } = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const instanceTypes = await loadInstanceTypes(instanceTypesPath);
  const logger = createLogger({ service: 'endpoint-manager', level: logLevel });
  const metrics = new Metrics();
  const database = opened.use(openDatabase({ url: databaseUrl, maxConnections: 4, logger }));
  await migrate(database);
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'endpoint-manager', logger, metrics }));
  opened.use(await startEndpointManager({ ...config, instanceTypes, jobQueue, database, logger, metrics }));
  return opened.move();
});
