import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { bootstrapAuth } from './bootstrap-auth.js';
import { startAuth } from './service.js';

const config = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'auth', level: config.logLevel });
  const database = opened.use(openDatabase({ url: config.databaseUrl, maxConnections: 4, logger }));
  await migrate(database);
  const first = await bootstrapAuth(database, config);
  if (first !== undefined) process.stderr.write(`administrator's key, shown this once: ${first.key}\n`);
  const jobQueue = opened.use(createJobQueue({ redisUrl: config.redisUrl, service: 'auth', logger }));
  opened.use(await startAuth({ jobQueue, database, pepper: config.pepper, logger, stopGraceMs: config.stopGraceMs }));
  return opened.move();
});
