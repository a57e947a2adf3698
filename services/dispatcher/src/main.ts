import { readConfig } from '@infermesh/config';
import { migrate, openDatabase } from '@infermesh/database';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createOutbound } from '@infermesh/outbound';
import { Metrics, createLogger } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startDispatcher } from './service.js';

const config = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'dispatcher', level: config.logLevel });
  const metrics = new Metrics();
  const db = opened.use(openDatabase({ url: config.databaseUrl, maxConnections: 8, logger }));
  await migrate(db);
  const objectStore = opened.use(createObjectStore(config.objectStore));
  const jobQueue = opened.use(createJobQueue({ redisUrl: config.redisUrl, service: 'dispatcher', logger, metrics }));
  opened.use(
    await startDispatcher({
      db,
      objectStore,
      jobQueue,
      logger,
      metrics,
      outbound: createOutbound({
        allowList: config.outboundAllow,
        allowListVariable: 'DISPATCHER_OUTBOUND_ALLOW',
        logger,
      }),
      pepper: config.pepper,
      settings: config.settings,
      stopGraceMs: config.stopGraceMs,
    }),
  );
  return opened.move();
});
