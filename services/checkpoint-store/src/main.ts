import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createOutbound } from '@infermesh/outbound';
import { createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startCheckpointStore } from './service.js';

const { redisUrl, databaseUrl, s3, settings, outboundAllow, logLevel, bundledManifest, stopGraceMs } = readConfig(
  Config,
  process.env,
);
await runUntilSignal(async (signal) => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'checkpoint-store', level: logLevel });
  const database = opened.use(openDatabase({ url: databaseUrl, maxConnections: 4, logger }));
  await migrate(database);
  const objectStore = opened.use(createObjectStore(s3));
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'checkpoint-store', logger }));
  opened.use(
    await startCheckpointStore({
      jobQueue,
      database,
      objectStore,
      outbound: createOutbound({
        allowList: outboundAllow,
        allowListVariable: 'CHECKPOINT_STORE_OUTBOUND_ALLOW',
        logger,
      }),
      bundledManifest,
      settings,
      logger,
      signal,
      stopGraceMs,
    }),
  );
  return opened.move();
});
