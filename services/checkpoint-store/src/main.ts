import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startCheckpointStore } from './service.js';

const { redisUrl, databaseUrl, s3, logLevel, bundledManifest, stopGraceMs } = readConfig(Config, process.env);
await runUntilSignal(async (signal) => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'checkpoint-store', level: logLevel });
  const database = opened.use(openDatabase({ url: databaseUrl, maxConnections: 4, logger }));
  await migrate(database);
  const objectStore = opened.use(createObjectStore(s3));
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'checkpoint-store', logger }));
  opened.use(
    await startCheckpointStore({ jobQueue, database, objectStore, bundledManifest, logger, signal, stopGraceMs }),
  );
  return opened.move();
});
