import { readConfig } from '@infermesh/config';
import { createJobQueue } from '@infermesh/job-queue';
import { ResourceStack, runUntilSignal } from '@infermesh/lifecycle';
import { createObjectStore } from '@infermesh/object-store';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { Config } from './config.js';
import { startMediaConverter } from './service.js';

const config = readConfig(Config, process.env);
await runUntilSignal(async () => {
  await using opened = new ResourceStack();
  const { redisUrl, s3, logLevel } = config;
  const logger = createLogger({ service: 'media-converter', level: logLevel });
  const metrics = new Metrics();
  const objectStore = opened.use(createObjectStore(s3));
  const jobQueue = opened.use(createJobQueue({ redisUrl, service: 'media-converter', logger, metrics }));
  const storeOrigins = [s3.endpoint, s3.publicEndpoint].map((url) => new URL(url).origin);
  opened.use(await startMediaConverter({ ...config, jobQueue, objectStore, storeOrigins, logger, metrics }));
  return opened.move();
});
