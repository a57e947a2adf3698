import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createJobQueue, type JobQueue } from '@infermesh/job-queue';
import { ResourceStack } from '@infermesh/lifecycle';
import { startLocalS3 } from '@infermesh/local-s3';
import { createMediaClient, type MediaClient } from '@infermesh/media-client';
import { startMediaConverter, type MediaConverterOptions } from '@infermesh/media-converter';
import { createObjectStore } from '@infermesh/object-store';
import { startEmbeddedRedis } from '@infermesh/redis';
import { createLogger, Metrics } from '@infermesh/telemetry';
import { findDescendants } from './processes.js';
import { temporaryFolder } from './temporary-folder.js';

/** A media converter of this process, on a queue and an object store of its own. */
export interface MediaService extends AsyncDisposable {
  readonly client: MediaClient;
  /** Files and folders of conversions that are there now. */
  leftFiles(): Promise<string[]>;
  /** Running children of this process that are ffmpeg. */
  ffmpegs(): Promise<string[]>;
}

export async function startMediaService(limits: MediaConverterOptions['limits'] = {}): Promise<MediaService> {
  await using opened = new ResourceStack();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const folder = opened.use(await temporaryFolder()).path;
  const scratchFolder = join(folder, 'scratch');
  const redis = opened.use(await startEmbeddedRedis({ folder: join(folder, 'redis'), logger }));
  const keys = { accessKeyId: 'test', secretAccessKey: 'test-secret-of-this-run' };
  const s3 = opened.use(await startLocalS3({ folder: join(folder, 'objects'), credentials: [keys] }));
  const objectStore = opened.use(
    createObjectStore({ endpoint: s3.url, region: 'us-east-1', bucket: 'media', ...keys }),
  );
  await objectStore.ensureBucket(AbortSignal.timeout(30_000));
  const queueOf = (service: string): JobQueue => opened.use(createJobQueue({ redisUrl: redis.url, service, logger }));
  opened.use(
    await startMediaConverter({
      jobQueue: queueOf('media-converter'),
      objectStore,
      storeOrigins: [new URL(s3.url).origin],
      scratchFolder,
      searchPath: process.env['PATH'],
      limits,
      slots: 2,
      logger,
      metrics: new Metrics(),
    }),
  );
  const client = createMediaClient(queueOf('test'));
  const kept = opened.move();
  return {
    client,
    leftFiles: () => readdir(scratchFolder, { recursive: true }),
    ffmpegs: async () => (await findDescendants(process.pid, 'ffmpeg')).map(({ command }) => command),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
